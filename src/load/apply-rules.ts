import type { AfterReject, Outcome } from './fill-person.ts';
import type { PeopleRegister } from './people-register.ts';
import type { Person } from './read-people.ts';
import { RejectedPerson } from './rejected-person.ts';
import type { NamedColumn, Values } from './template/expressions.ts';

/** A rule of a group, by which people are left out: `only_if` and `skip_if` of the configuration. */
export interface GroupRule {
  /** As the report calls it: the name of `skip_if`; `not ` and the name of `only_if`. */
  readonly name: string;
  /** Where it stands, for messages: `skip_if on hold`. */
  readonly place: string;
  /** Whether people are left out of whom it is true, or of whom it is not. */
  readonly skipsWhen: boolean;
  readonly columns: readonly NamedColumn[];
  readonly holds: (values: Values) => boolean;
}

/**
 * The first rule that leaves a person out. A value that a rule cannot read, such as a date, rejects the person.
 * @returns null where no rule does
 */
export function applyRules(
  { row, key, values }: Pick<Person, 'row' | 'key' | 'values'>,
  rules: readonly GroupRule[],
  register: PeopleRegister,
  afterReject: AfterReject,
): Outcome | null {
  for (const { name, place, skipsWhen, holds } of rules) {
    try {
      if (holds(values) !== skipsWhen) continue;
    } catch (error) {
      if (!(error instanceof RejectedPerson)) throw error;
      if (afterReject === 'stay_out') register.reject(row, key);
      else register.skip(key);
      return {
        kind: 'rejected',
        reason: error.reason,
        element: place,
        functionName: error.functionName,
        owner: null,
      };
    }
    register.skip(key);
    return { kind: 'skipped', rule: name };
  }
  return null;
}
