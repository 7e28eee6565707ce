import { assertLinesBalanced, type Books } from '../core/books.ts';
import { mergeReadings } from '../feeds/merge-readings.ts';
import type { FileReading } from '../feeds/table-rows.ts';
import type { GuardFigure } from './guard.ts';
import { IdentityIndex } from './identity-index.ts';
import type { Ledger, TableLedger } from './ledger.ts';
import type { PeopleRegister } from './people-register.ts';
import type { TableReading, TableSource } from './ports.ts';
import { keyOf } from './read-people.ts';
import { type FileLimits, reasonsToDistrust } from './trust-file.ts';

/** A table of the configuration, as the report tells of it. */
export interface TableReport extends TableReading {
  /** What became of the lines of all its files; null for a database, and for a table that its group reads. */
  readonly file: FileReading | null;
  /** People of the table, and those of them who are in no group; null where they are not counted. */
  readonly people: { readonly all: number; readonly inNoGroup: number } | null;
  /** What the ledger holds of the last delivery. */
  readonly last: TableLedger | null;
}

export interface TableLimits {
  /** Least share of the last delivery's bytes that the files of a table must have, by its name. */
  readonly minSize: Readonly<Record<string, number>>;
  /** Greatest share of a table's people by which those who are in no group may have grown. */
  readonly maxLeftOut: number;
}

/** Fewer people may well be in no group one night more. */
const tellingPeople = 10;

export function tableReport(reading: TableReading, last: Ledger | null): TableReport {
  return {
    ...reading,
    file: mergeReadings(reading.files),
    people: null,
    last: last?.tables?.[reading.name] ?? null,
  };
}

/** Why the files of a table cannot be trusted. The books of its lines must balance. */
export function distrustTable({ name, files }: TableReading, limits: FileLimits): readonly string[] {
  return files.flatMap((file) => {
    assertLinesBalanced(`table ${name}`, booksOf([file]), file);
    return reasonsToDistrust(name, file, limits);
  });
}

/** Lines of tables that could not be read count as rejected: each may have been a person. */
export function booksOf(files: readonly FileReading[]): Books {
  const rejected = files.reduce((sum, { unreadable }) => sum + unreadable, 0);
  const written = files.reduce((sum, { records }) => sum + records, 0);
  const reasons: Record<string, number> = rejected > 0 ? { unreadable: rejected } : {};
  return { read: written + rejected, written, unchanged: 0, duplicate: 0, skipped: 0, rejected, reasons };
}

/** Compares the size of a table's files with the last delivery. @param minSize least share of it */
export function compareSize({ name, bytes, last }: TableReport, minSize: number): GuardFigure[] {
  const before = last?.bytes;
  if (bytes === null || before === undefined) return [];
  return [
    {
      group: `table ${name}`,
      what: 'bytes of its files',
      before,
      expected: before,
      now: bytes,
      stops: bytes < before * minSize,
      against: 'last',
    },
  ];
}

/** Counts the people of a table, and those whom no group has: neither written, nor rejected, nor skipped. */
export async function countPeople(
  source: TableSource,
  table: string,
  register: PeopleRegister,
  signal: AbortSignal,
): Promise<{ all: number; inNoGroup: number }> {
  const seen = new IdentityIndex();
  let all = 0;
  let inNoGroup = 0;
  for await (const keys of source.people(table, signal)) {
    for (const value of keys) {
      const key = keyOf(value);
      if (key === '' || !seen.add(1, key, all)) continue;
      all += 1;
      if (!register.hasSeen(key)) inNoGroup += 1;
    }
  }
  return { all, inNoGroup };
}

/** Compares the people who are in no group with the last delivery. @param maxGrowth greatest share of the people by which they may have grown */
export function comparePeople({ name, people, last }: TableReport, maxGrowth: number): GuardFigure[] {
  const before = last?.inNoGroup;
  if (people === null || before === undefined) return [];
  const more = people.inNoGroup - before;
  return [
    {
      group: `table ${name}`,
      what: 'people in no group',
      before,
      expected: before,
      now: people.inNoGroup,
      stops: more >= tellingPeople && more > people.all * maxGrowth,
      against: 'last',
    },
  ];
}

/** What the ledger is to hold of a table. */
export function tableLedger({ bytes, people }: TableReport): TableLedger {
  return {
    ...(bytes !== null && { bytes }),
    ...(people && { people: people.all, inNoGroup: people.inNoGroup }),
  };
}
