import { IdentityIndex } from './identity-index.ts';

/** Where a person stands, for reports: the number of the row and, only where a setting allows it, the row key. */
export interface PersonPlace {
  readonly group: string;
  readonly row: number;
  readonly key?: string;
}

const keySpace = 1;
const identifierSpace = 2;

/** The people written so far in a run: who is there, and whose each identifier is. */
export class PeopleRegister {
  readonly #index = new IdentityIndex();
  readonly #keepsKeys: boolean;
  #rows = new Uint32Array(1024);
  readonly #keys: string[] = [];
  readonly #groups: { readonly name: string; readonly first: number }[] = [];
  #count = 0;

  /** @param keepsKeys whether places name people by their row key; the keys are kept in memory then */
  constructor(keepsKeys: boolean) {
    this.#keepsKeys = keepsKeys;
  }

  beginGroup(name: string): void {
    this.#groups.push({ name, first: this.#count });
  }

  /** The person with this row key; null when none was written. */
  personOf(key: string): PersonPlace | null {
    return this.#placeOf(this.#index.find(keySpace, key));
  }

  /** The person who has one of these identifiers; null when all are free. */
  ownerOf(identifiers: readonly string[]): PersonPlace | null {
    for (const identifier of identifiers) {
      const person = this.#index.find(identifierSpace, identifier);
      if (person >= 0) return this.#placeOf(person);
    }
    return null;
  }

  enter(row: number, key: string, identifiers: readonly string[]): void {
    const person = this.#count;
    if (person === this.#rows.length) {
      const grown = new Uint32Array(Math.ceil(this.#rows.length * 1.5));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows[person] = row;
    if (this.#keepsKeys) this.#keys.push(key);
    this.#index.add(keySpace, key, person);
    for (const identifier of identifiers) this.#index.add(identifierSpace, identifier, person);
    this.#count += 1;
  }

  /** The place of a person that was not entered, in the same form. */
  placeOfRow(group: string, row: number, key: string): PersonPlace {
    return { group, row, ...(this.#keepsKeys && key !== '' && { key }) };
  }

  #placeOf(person: number): PersonPlace | null {
    if (person < 0) return null;
    const group = this.#groups.findLast(({ first }) => first <= person)?.name ?? '';
    return this.placeOfRow(group, this.#rows[person] ?? 0, this.#keys[person] ?? '');
  }
}
