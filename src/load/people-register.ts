import { IdentityIndex } from './identity-index.ts';

/** Where a person stands, for reports: the number of the row and, only where a setting allows it, the row key. */
export interface PersonPlace {
  readonly group: string;
  readonly row: number;
  readonly key?: string;
  /** The file and the line of the row, where the source knows them. */
  readonly at?: RowPlace;
}

export interface RowPlace {
  readonly file: string;
  readonly line: string;
}

/** Who has a key or an identifier. */
export interface Holder {
  /** The person's number in the register. */
  readonly person: number;
  readonly place: PersonPlace;
}

const keySpace = 1;
const identifierSpace = 2;
const skippedSpace = 3;

/** What became of a person, in a byte each. */
const state = {
  written: 0,
  /** Nothing of them is in the files. */
  rejected: 1,
  /** Written with an identifier that turned out to be the primary id of a later person. */
  outdone: 2,
} as const;

/**
 * The people of a run: who was written or rejected, and whose each identifier is. A primary id goes to its person
 * even where an earlier one has it as another identifier, because those are often chosen freely. A person
 * who chose the login of a neighbour must not push that neighbour out of Alma.
 */
export class PeopleRegister {
  readonly #index = new IdentityIndex();
  readonly #showsKeys: boolean;
  readonly #keepsKeys: boolean;
  #rows = new Uint32Array(1024);
  #states = new Uint8Array(1024);
  readonly #keys: string[] = [];
  readonly #groups: { readonly name: string; readonly first: number; outdone: number }[] = [];
  #count = 0;
  #unwritten = 0;

  /**
   * @param showsKeys whether places name people by their row key
   * @param keepsKeys whether `keyOf` is asked; the keys are kept in memory then
   */
  constructor(showsKeys: boolean, keepsKeys = showsKeys) {
    this.#showsKeys = showsKeys;
    this.#keepsKeys = keepsKeys;
  }

  /** The row key of a person. */
  keyOf(person: number): string {
    return this.#keys[person] ?? '';
  }

  /** Notes that a person who was written is not in the files any more. */
  drop(person: number): void {
    this.#states[person] = state.rejected;
  }

  beginGroup(name: string): void {
    this.#groups.push({ name, first: this.#count, outdone: 0 });
  }

  /** The person with this row key; null when none was entered. */
  personOf(key: string): (Holder & { readonly isRejected: boolean }) | null {
    const person = this.#index.find(keySpace, key);
    return person < 0
      ? null
      : { person, place: this.#placeOf(person), isRejected: this.#states[person] === state.rejected };
  }

  /** The first person who has one of these identifiers; null when all are free. */
  ownerOf(identifiers: readonly string[]): PersonPlace | null {
    for (const identifier of identifiers) {
      const holder = this.holderOf(identifier);
      if (holder) return holder.place;
    }
    return null;
  }

  /** The person who has this identifier, and whether as their primary id; null when it is free. */
  holderOf(identifier: string): (Holder & { readonly isPrimary: boolean }) | null {
    const found = this.#index.find(identifierSpace, identifier);
    if (found < 0) return null;
    const person = personIn(found);
    return { person, place: this.#placeOf(person), isPrimary: isPrimary(found) };
  }

  /**
   * Enters a person who is written.
   * @param identifiers the primary id, which no other person has as primary id, and the others, which are free
   */
  enter(row: number, key: string, identifiers: readonly string[]): number {
    const person = this.#add(row, key, state.written);
    // Over an entry of the same group that was rejected.
    this.#index.set(keySpace, key, person);
    const primary = identifiers[0] ?? '';
    const former = this.#index.set(identifierSpace, primary, asPrimary(person));
    if (former >= 0) this.#lose(former, primary);
    for (let at = 1; at < identifiers.length; at += 1)
      this.#index.add(identifierSpace, identifiers[at] ?? '', person * 2);
    return person;
  }

  /** Enters a person who is not written, whose identifiers stay free. */
  reject(row: number, key: string): void {
    this.#unwritten += 1;
    this.#index.add(keySpace, key, this.#add(row, key, state.rejected));
  }

  /** Notes a person who is left out of a group, by a rule or as rejected. Groups behind may have them all the same. */
  skip(key: string): void {
    this.#unwritten += 1;
    this.#index.add(skippedSpace, key, 0);
  }

  /** Tells whether a person was in a group: written, rejected or skipped. */
  hasSeen(key: string): boolean {
    return this.#index.find(keySpace, key) >= 0 || this.#index.find(skippedSpace, key) >= 0;
  }

  /** Whether anyone was rejected or skipped. */
  get hasUnwritten(): boolean {
    return this.#unwritten > 0;
  }

  /** The people of a group who were written, in order, and whether another person's primary id is among their identifiers. */
  *writtenOf(group: string): Generator<Holder & { readonly isOutdone: boolean }> {
    const at = this.#groups.findIndex(({ name }) => name === group);
    const end = this.#groups[at + 1]?.first ?? this.#count;
    for (let person = this.#groups[at]?.first ?? end; person < end; person += 1) {
      const found = this.#states[person];
      if (found === state.rejected) continue;
      yield { person, place: this.#placeOf(person), isOutdone: found === state.outdone };
    }
  }

  /** Tells whether the files of a group hold an identifier that is the primary id of another person. */
  hasOutdone(group: string): boolean {
    return this.#groups.some(({ name, outdone }) => name === group && outdone > 0);
  }

  isOutdone(person: number): boolean {
    return this.#states[person] === state.outdone;
  }

  /** The place of a person that was not entered, in the same form. */
  placeOfRow(group: string, row: number, key: string, at?: RowPlace): PersonPlace {
    return { group, row, ...(this.#showsKeys && key !== '' && { key }), ...(at && { at }) };
  }

  /** Marks who had a primary id as another identifier. Who had it as theirs, in files of another making, keeps it. */
  #lose(former: number, primary: string): void {
    if (isPrimary(former)) {
      this.#index.set(identifierSpace, primary, former);
      return;
    }
    const person = personIn(former);
    if (this.#states[person] === state.written) this.#groupOf(person).outdone += 1;
    this.#states[person] = state.outdone;
  }

  #add(row: number, key: string, as: number): number {
    const person = this.#count;
    if (person === this.#rows.length) {
      const size = Math.ceil(person * 1.5);
      this.#rows = resized(this.#rows, new Uint32Array(size));
      this.#states = resized(this.#states, new Uint8Array(size));
    }
    this.#rows[person] = row;
    this.#states[person] = as;
    if (this.#keepsKeys) this.#keys.push(key);
    this.#count += 1;
    return person;
  }

  #groupOf(person: number): { readonly name: string; outdone: number } {
    const group = this.#groups.findLast(({ first }) => first <= person);
    if (!group) throw new Error('a person of no group');
    return group;
  }

  #placeOf(person: number): PersonPlace {
    return this.placeOfRow(this.#groupOf(person).name, this.#rows[person] ?? 0, this.#keys[person] ?? '');
  }
}

// The index keeps a number for each identifier: its person's, doubled, and one more where it is the primary id.
const asPrimary = (person: number): number => person * 2 + 1;
const isPrimary = (found: number): boolean => found % 2 === 1;
const personIn = (found: number): number => Math.floor(found / 2);

function resized<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
