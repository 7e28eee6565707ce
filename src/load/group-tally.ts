import { BookKeeper, type Books } from '../core/books.ts';
import type { Outcome } from './fill-person.ts';
import type { GroupLedger } from './ledger.ts';
import type { PersonPlace } from './people-register.ts';
import type { UnreadableRow } from './ports.ts';
import type { Person } from './read-people.ts';
import type { RejectReason } from './rejected-person.ts';

/** One rejected or duplicate row, for the report. */
export interface ListedRow {
  readonly place: PersonPlace | { readonly group: string; readonly line: number };
  readonly reason: RejectReason | 'duplicate';
  readonly element?: string;
  /** The person who came first, for duplicates and taken identifiers. */
  readonly first?: PersonPlace;
}

/** Rows listed for each reason of a group: enough to find the cause, few enough for a mail and for any memory. */
const listedRows = 100;

/** Counts all that happens to the people of one group. */
export class GroupTally {
  readonly #books = new BookKeeper();
  readonly #listed: ListedRow[] = [];
  readonly #listedByReason = new Map<string, number>();
  readonly #columns: Record<string, number>;
  readonly #elementLabels: readonly string[];
  readonly #elements: number[];
  readonly #cut = new Map<string, number>();
  removedCharacters = 0;
  repeatedIdentifiers = 0;

  constructor(columns: readonly string[], elements: readonly string[]) {
    this.#columns = Object.fromEntries(columns.map((name) => [name, 0]));
    this.#elementLabels = elements;
    this.#elements = elements.map(() => 0);
  }

  unreadable(group: string, { line }: UnreadableRow): void {
    this.#books.read();
    this.#books.rejected('unreadable_row');
    this.#list({ place: { group, line }, reason: 'unreadable_row' });
  }

  /** @param place made only when the row is listed */
  person(person: Person, outcome: Outcome, place: () => PersonPlace): void {
    this.#books.read();
    for (const column in person.values) {
      if (person.values[column] !== '') this.#columns[column] = (this.#columns[column] ?? 0) + 1;
    }
    switch (outcome.kind) {
      case 'duplicate':
        this.#books.duplicate();
        return this.#list({ place: place(), reason: 'duplicate', first: outcome.first });
      case 'rejected':
        this.#books.rejected(outcome.reason);
        return this.#list({
          place: place(),
          reason: outcome.reason,
          ...(outcome.element && { element: outcome.element }),
          ...(outcome.owner && { first: outcome.owner }),
        });
      case 'written':
        this.#books.written();
        for (const index of outcome.user.filled) this.#elements[index] = (this.#elements[index] ?? 0) + 1;
        for (const label of outcome.user.cut) this.#cut.set(label, (this.#cut.get(label) ?? 0) + 1);
        this.removedCharacters += outcome.user.removed;
        this.repeatedIdentifiers += outcome.user.repeated;
    }
  }

  books(): Books {
    return this.#books.current();
  }

  /** Rejected and duplicate rows, the first of each reason. */
  listed(): readonly ListedRow[] {
    return this.#listed;
  }

  /** How many values were cut, by element. */
  cut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#cut);
  }

  ledger(): GroupLedger {
    const { read, written } = this.#books.current();
    const elements: Record<string, number> = {};
    for (const [index, label] of this.#elementLabels.entries())
      elements[label] = (elements[label] ?? 0) + (this.#elements[index] ?? 0);
    return { users: written, rows: read, columns: { ...this.#columns }, elements };
  }

  #list(row: ListedRow): void {
    const listed = this.#listedByReason.get(row.reason) ?? 0;
    this.#listedByReason.set(row.reason, listed + 1);
    if (listed < listedRows) this.#listed.push(row);
  }
}
