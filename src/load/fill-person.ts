import type { PeopleRegister, PersonPlace } from './people-register.ts';
import type { Person } from './read-people.ts';
import { RejectedPerson, type RejectReason } from './rejected-person.ts';
import type { FilledUser, UserTemplate } from './template/user-template.ts';

/** An identifier that a user goes without, because it is the primary id of another person. */
export interface LeftOut {
  /** Path of the identifier. */
  readonly element: string;
  /** Whose primary id it is. */
  readonly owner: PersonPlace;
}

/** What becomes of one person. */
export type Outcome =
  | {
      readonly kind: 'written';
      readonly user: FilledUser;
      readonly leftOut: readonly LeftOut[];
      /** The person's number in the register. */
      readonly person: number;
    }
  /** An earlier row, of this group or one that comes before it, is the same person. */
  | { readonly kind: 'duplicate'; readonly first: PersonPlace }
  /** A rule of the group leaves the person out. */
  | { readonly kind: 'skipped'; readonly rule: string }
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      /** Path of the element, where one is to blame. */
      readonly element: string;
      /** The function of an expression that could not read a value; '' for none. */
      readonly functionName: string;
      /** Who has the identifier already, or the row of the same person that was rejected before. */
      readonly owner: PersonPlace | null;
    };

/** What becomes of a person who was rejected, in the groups behind: they stay out, or those groups may bring them. */
export type AfterReject = 'stay_out' | 'try_next_group';

/**
 * Makes a person's user, or says why there is none, and enters the person into the register. Who was rejected may
 * come whole in another row of the same group, but not in a group behind it: a typing error in the
 * rows of the staff must not make a professor a student.
 */
export function fillPerson(
  person: Person,
  group: string,
  template: UserTemplate,
  register: PeopleRegister,
  afterReject: AfterReject,
): Outcome {
  if (person.key === '') return rejected(new RejectedPerson('no_person_key'));
  const earlier = register.personOf(person.key);
  if (earlier && !earlier.isRejected) return { kind: 'duplicate', first: earlier.place };
  if (earlier && earlier.place.group !== group)
    return rejected(new RejectedPerson('rejected_before', '', earlier.place));
  try {
    const { user, leftOut } = withoutOthers(template.fill(person.values), template, register);
    return {
      kind: 'written',
      user,
      leftOut,
      person: register.enter(person.row, person.key, user.identifiers),
    };
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
    if (afterReject === 'stay_out') register.reject(person.row, person.key);
    else register.skip(person.key);
    return rejected(error);
  }
}

const rejected = ({ reason, element, functionName, owner }: RejectedPerson): Outcome => ({
  kind: 'rejected',
  reason,
  element,
  functionName,
  owner,
});

/**
 * The user without the identifiers that are primary ids of people before.
 * @throws RejectedPerson where an earlier person has the primary id as theirs, or another identifier as another
 */
function withoutOthers(
  user: FilledUser,
  template: UserTemplate,
  register: PeopleRegister,
): { user: FilledUser; leftOut: readonly LeftOut[] } {
  let leftOut: Map<string, LeftOut> | null = null;
  for (let index = 0; index < user.identifiers.length; index += 1) {
    const identifier = user.identifiers[index] ?? '';
    const owner = register.holderOf(identifier);
    const isPrimary = index === 0;
    // An owner who has it as another identifier goes without it instead.
    if (!owner || (isPrimary && !owner.isPrimary)) continue;
    const element = template.elements[user.identifierElements[index] ?? -1] ?? '';
    if (isPrimary || !owner.isPrimary) throw new RejectedPerson('identifier_taken', element, owner.place);
    leftOut ??= new Map();
    leftOut.set(identifier, { element, owner: owner.place });
  }
  return leftOut ? withoutSome(user, leftOut, template) : { user, leftOut: nothing };
}

/** As nearly everybody has it: one list for all of them. */
const nothing: readonly LeftOut[] = [];

/** @throws RejectedPerson where the configuration requires what would be left out */
function withoutSome(
  user: FilledUser,
  leftOut: ReadonlyMap<string, LeftOut>,
  template: UserTemplate,
): { user: FilledUser; leftOut: readonly LeftOut[] } {
  const { xml } = template.withoutIdentifiers(user.xml, (identifier) => leftOut.has(identifier));
  const [first] = leftOut.values();
  if (xml === null) throw new RejectedPerson('identifier_taken', first?.element, first?.owner);
  const elements = new Set([...leftOut.values()].map(({ element }) => element));
  return {
    user: {
      ...user,
      xml,
      identifiers: user.identifiers.filter((identifier) => !leftOut.has(identifier)),
      filled: user.filled.filter((index) => !elements.has(template.elements[index] ?? '')),
    },
    leftOut: [...leftOut.values()],
  };
}
