import { applyRules } from './apply-rules.ts';
import { type AfterReject, fillPerson, type Outcome } from './fill-person.ts';
import type { LoadGroup } from './job.ts';
import type { PeopleRegister } from './people-register.ts';
import type { Person } from './read-people.ts';

/** What a group makes of a person: its rules come first, then its template. */
export function makeUser(
  person: Person,
  { name, rules, template }: Pick<LoadGroup, 'name' | 'rules' | 'template'>,
  register: PeopleRegister,
  afterReject: AfterReject,
): Outcome {
  return (
    applyRules(person, rules, register, afterReject) ??
    fillPerson(person, name, template, register, afterReject)
  );
}
