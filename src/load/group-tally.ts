import { BookKeeper, type Books } from '../core/books.ts';
import { CodeCounts } from './code-counts.ts';
import type { Outcome } from './fill-person.ts';
import type { GroupCounts, GroupLedger } from './ledger.ts';
import type { PersonPlace } from './people-register.ts';
import type { UnreadableRow } from './ports.ts';
import type { Person } from './read-people.ts';
import type { RejectReason } from './rejected-person.ts';
import { RowsFingerprint } from './rows-fingerprint.ts';
import type { UserTemplate } from './template/user-template.ts';

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
  readonly #columnNames: readonly string[];
  readonly #columns: number[];
  readonly #elementLabels: readonly string[];
  readonly #elements: number[];
  readonly #constantCodes: Readonly<Record<string, string>>;
  readonly #codes = new Map<string, CodeCounts>();
  readonly #rows = new RowsFingerprint();
  readonly #cut = new Map<string, number>();
  removedCharacters = 0;
  repeatedIdentifiers = 0;

  constructor(columns: readonly string[], template: Pick<UserTemplate, 'elements' | 'constantCodes'>) {
    this.#columnNames = columns;
    this.#columns = columns.map(() => 0);
    this.#elementLabels = template.elements;
    this.#elements = template.elements.map(() => 0);
    this.#constantCodes = template.constantCodes;
  }

  unreadable(group: string, { line }: UnreadableRow): void {
    this.#books.read();
    this.#books.rejected('unreadable_row');
    this.#rows.begin();
    this.#rows.end();
    this.#list({ place: { group, line }, reason: 'unreadable_row' });
  }

  /** @param place made only when the row is listed */
  person(person: Person, outcome: Outcome, place: () => PersonPlace): void {
    this.#books.read();
    this.#row(person);
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
        for (const { index, code } of outcome.user.codes) this.#codesOf(index).add(code);
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

  /** @param last the last delivery: codes that are in the ledger are listed whatever is left of them */
  counts(last: GroupLedger | null): GroupCounts {
    const { read, written } = this.#books.current();
    const columns = Object.fromEntries(
      this.#columnNames.map((name, index) => [name, this.#columns[index] ?? 0]),
    );
    const elements: Record<string, number> = {};
    for (const [index, label] of this.#elementLabels.entries())
      elements[label] = (elements[label] ?? 0) + (this.#elements[index] ?? 0);
    const codes = Object.fromEntries(
      [...this.#codes].map(([label, counts]) => [label, counts.listed(last?.codes[label])]),
    );
    for (const [label, code] of Object.entries(this.#constantCodes)) {
      elements[label] = written;
      codes[label] = { [code]: written };
    }
    const rowsFingerprint = this.#rows.text();
    return { users: written, rows: read, columns, elements, codes, rowsFingerprint };
  }

  #row({ key, values }: Person): void {
    this.#rows.begin();
    this.#rows.value(key);
    for (const [index, name] of this.#columnNames.entries()) {
      const value = values[name] ?? '';
      if (value !== '') this.#columns[index] = (this.#columns[index] ?? 0) + 1;
      this.#rows.value(value);
    }
    this.#rows.end();
  }

  #codesOf(element: number): CodeCounts {
    const label = this.#elementLabels[element] ?? '';
    const known = this.#codes.get(label);
    if (known) return known;
    const made = new CodeCounts();
    this.#codes.set(label, made);
    return made;
  }

  #list(row: ListedRow): void {
    const listed = this.#listedByReason.get(row.reason) ?? 0;
    this.#listedByReason.set(row.reason, listed + 1);
    if (listed < listedRows) this.#listed.push(row);
  }
}
