import type { PeopleRegister, PersonPlace } from './people-register.ts';
import type { Person } from './read-people.ts';
import { RejectedPerson, type RejectReason } from './rejected-person.ts';
import type { FilledUser, UserTemplate } from './template/user-template.ts';

/** What becomes of one person. */
export type Outcome =
  | { readonly kind: 'written'; readonly user: FilledUser }
  /** An earlier row, of this group or one that comes before it, is the same person. */
  | { readonly kind: 'duplicate'; readonly first: PersonPlace }
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      /** Path of the element, where one is to blame. */
      readonly element: string;
      /** Who has the identifier already. */
      readonly owner: PersonPlace | null;
    };

/**
 * Makes a person's user, or says why there is none. Who is written is entered into the register; who is
 * rejected is not, so that a later group may still bring the same person whole.
 */
export function fillPerson(person: Person, template: UserTemplate, register: PeopleRegister): Outcome {
  if (person.key === '') return { kind: 'rejected', reason: 'no_person_key', element: '', owner: null };
  const first = register.personOf(person.key);
  if (first) return { kind: 'duplicate', first };
  let user: FilledUser;
  try {
    user = template.fill(person.values);
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
    return { kind: 'rejected', reason: error.reason, element: error.element, owner: null };
  }
  const owner = register.ownerOf(user.identifiers);
  if (owner) return { kind: 'rejected', reason: 'identifier_taken', element: '', owner };
  register.enter(person.row, person.key, user.identifiers);
  return { kind: 'written', user };
}
