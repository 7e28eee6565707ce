import { BookKeeper, type Books } from '../core/books.ts';
import type { FileReading, UnreadableRow } from '../feeds/table-rows.ts';
import type { Suspicion } from './alma/odd-characters.ts';
import { CodeCounts } from './code-counts.ts';
import type { LeftOut, Outcome } from './fill-person.ts';
import type { GroupCounts, GroupLedger } from './ledger.ts';
import type { PersonPlace } from './people-register.ts';
import type { Person } from './read-people.ts';
import type { RejectReason } from './rejected-person.ts';
import { RowsFingerprint } from './rows-fingerprint.ts';
import type { settleUser } from './settle-user.ts';
import type { UserTemplate } from './template/user-template.ts';

/** Lines that could not be read, for the report. */
export interface LinesPlace {
  readonly group: string;
  /** Where a table may be of several files. */
  readonly file?: string;
  readonly line: number;
  readonly lines: number;
}

/** One rejected or duplicate row, for the report. */
export interface ListedRow {
  readonly place: PersonPlace | LinesPlace;
  readonly reason: RejectReason | 'duplicate';
  readonly element?: string;
  /** Fields found and expected, for rows with too many or too few. */
  readonly fields?: readonly [number, number];
  /** The person who came first, for duplicates and taken identifiers. */
  readonly first?: PersonPlace;
}

/** A user that goes without an identifier. */
export type LeftOutRow = LeftOut & { readonly place: PersonPlace };

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
  readonly #blamed = new Map<string, Map<string, number>>();
  readonly #leftOut: LeftOutRow[] = [];
  readonly #cut = new Map<string, number>();
  readonly #unveiled = new Map<string, number>();
  readonly #suspicious = new Map<Suspicion, Map<string, number>>();
  /** What became of the lines of its files; none for a database, and where reading ended before the file. */
  readonly files: FileReading[] = [];
  readonly #skipped = new Map<string, number>();
  /** Rows of people who are in another row of the same group. */
  repeatedPeople = 0;
  removedCharacters = 0;
  repeatedIdentifiers = 0;
  /** Identifiers that users go without because they are primary ids of others. */
  leftOutIdentifiers = 0;
  /** Users whose expiry date has passed. */
  expired = 0;
  /** Users with an expiry or purge date that is decades ahead. */
  farAhead = 0;

  constructor(columns: readonly string[], template: Pick<UserTemplate, 'elements' | 'constantCodes'>) {
    this.#columnNames = columns;
    this.#columns = columns.map(() => 0);
    this.#elementLabels = template.elements;
    this.#elements = template.elements.map(() => 0);
    this.#constantCodes = template.constantCodes;
  }

  /** Each line of what could not be read is a rejected row: it may have been a person. */
  unreadable(group: string, { file, line, lines, reason, fields }: UnreadableRow): void {
    this.#books.read(lines);
    this.#books.rejected(reason, lines);
    this.#rows.begin();
    this.#rows.end();
    this.#list({ place: { group, ...(file && { file }), line, lines }, reason, ...(fields && { fields }) });
  }

  /** @param place made only when the row is listed */
  person(person: Person, outcome: Outcome, place: () => PersonPlace): void {
    this.#books.read();
    this.#row(person);
    switch (outcome.kind) {
      case 'duplicate':
        this.#books.duplicate();
        return this.#list({ place: place(), reason: 'duplicate', first: outcome.first });
      case 'skipped':
        this.#books.skipped();
        this.#skipped.set(outcome.rule, (this.#skipped.get(outcome.rule) ?? 0) + 1);
        return;
      case 'rejected':
        return this.#rejected(place(), outcome);
      case 'written':
        this.#books.written();
        for (const index of outcome.user.filled) this.#elements[index] = (this.#elements[index] ?? 0) + 1;
        for (const { index, code } of outcome.user.codes) this.#codesOf(index).add(code);
        for (const label of outcome.user.cut) this.#cut.set(label, (this.#cut.get(label) ?? 0) + 1);
        this.removedCharacters += outcome.user.removed;
        for (const label of outcome.user.unveiled)
          this.#unveiled.set(label, (this.#unveiled.get(label) ?? 0) + 1);
        for (const { label, suspicion } of outcome.user.suspicious) this.#suspect(suspicion, label);
        this.repeatedIdentifiers += outcome.user.repeated;
        if (outcome.user.ends === 'expired') this.expired += 1;
        if (outcome.user.ends === 'far ahead') this.farAhead += 1;
        if (outcome.leftOut.length > 0) this.#noteLeftOut(place(), outcome.leftOut);
    }
  }

  /** A user that was counted as written, and what became of it when everybody behind was known too. */
  settled(place: PersonPlace, { xml, leftOut }: ReturnType<typeof settleUser>): void {
    const [first] = leftOut;
    if (!first) return;
    for (const { element } of leftOut) {
      const index = this.#elementLabels.indexOf(element);
      if (index >= 0) this.#elements[index] = (this.#elements[index] ?? 0) - 1;
    }
    if (xml !== null) return this.#noteLeftOut(place, leftOut);
    this.#books.written(-1);
    this.#rejected(place, { reason: 'identifier_taken', functionName: '', ...first });
  }

  books(): Books {
    return this.#books.current();
  }

  /** Rejected and duplicate rows, the first of each reason. */
  listed(): readonly ListedRow[] {
    return this.#listed;
  }

  /** By reason, how many were rejected because of each element. */
  blamed(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      [...this.#blamed].map(([reason, elements]) => [reason, Object.fromEntries(elements)]),
    );
  }

  /** The first users that go without an identifier. */
  leftOut(): readonly LeftOutRow[] {
    return this.#leftOut;
  }

  /** How many people each rule leaves out. */
  skipped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#skipped);
  }

  /** How many values were cut, by element. */
  cut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#cut);
  }

  /** How many identifiers had invisible characters, which were taken away, by element. */
  unveiled(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#unveiled);
  }

  /** How many values look damaged, by suspicion and element. */
  suspicious(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      [...this.#suspicious].map(([suspicion, labels]) => [suspicion, Object.fromEntries(labels)]),
    );
  }

  #suspect(suspicion: Suspicion, label: string): void {
    const labels = this.#suspicious.get(suspicion) ?? new Map<string, number>();
    this.#suspicious.set(suspicion, labels);
    labels.set(label, (labels.get(label) ?? 0) + 1);
  }

  /** @param last the last delivery: codes that are in the ledger are listed even if no user has them now */
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
    return { users: written, rows: read, columns, elements, codes, rowsFingerprint, expired: this.expired };
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

  #rejected(
    place: PersonPlace,
    { reason, element, functionName, owner }: Omit<Extract<Outcome, { kind: 'rejected' }>, 'kind'>,
  ): void {
    this.#books.rejected(reason);
    const blamed = functionName ? `${functionName} in ${element}` : element;
    if (blamed) {
      const elements = this.#blamed.get(reason) ?? new Map<string, number>();
      this.#blamed.set(reason, elements.set(blamed, (elements.get(blamed) ?? 0) + 1));
    }
    this.#list({ place, reason, ...(blamed && { element: blamed }), ...(owner && { first: owner }) });
  }

  #noteLeftOut(place: PersonPlace, leftOut: readonly LeftOut[]): void {
    this.leftOutIdentifiers += leftOut.length;
    for (const each of leftOut) {
      if (this.#leftOut.length < listedRows) this.#leftOut.push({ place, ...each });
    }
  }

  #list(row: ListedRow): void {
    const listed = this.#listedByReason.get(row.reason) ?? 0;
    this.#listedByReason.set(row.reason, listed + 1);
    if (listed < listedRows) this.#listed.push(row);
  }
}
