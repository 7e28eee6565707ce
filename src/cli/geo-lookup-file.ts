import { createReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { untilAborted } from '../core/abort.ts';
import { csvLine } from '../core/csv-text.ts';
import { PatronflowError, systemCode, toPatronflowError } from '../core/errors.ts';
import { openNew } from '../core/new-file.ts';
import { safeLines } from '../core/safe-text.ts';
import { type LookUpStatus, lookUp } from '../geo/look-up.ts';
import { addressLine, readAddress } from '../geo/read-address.ts';
import type { TractIndex } from '../geo/tract-index.ts';
import { number } from '../report/words.ts';
import { type AddressColumns, addressColumns } from './address-columns.ts';

export interface LookUpFiles {
  readonly input: string;
  /** Written with what was found; null for the counts alone. */
  readonly output: string | null;
  /** Which column is which, for names that are not known. */
  readonly columns?: string | undefined;
}

type Counts = Partial<Record<LookUpStatus, number>>;

/**
 * Looks up every row of a CSV file. The output is written beside its name first and takes its place when it is
 * whole, so that a failure leaves what was there.
 */
export async function lookUpFile(
  index: TractIndex,
  files: LookUpFiles,
  signal: AbortSignal,
): Promise<Counts> {
  const { input, output } = files;
  if (output === null) return countRows(index, files, signal, async () => {});
  if (await isSameFile(input, output)) {
    throw new PatronflowError('USAGE', '--out names the file that --csv reads.', {
      hint: 'Name another file: the input stays as it is.',
    });
  }
  const partial = `${output}.partial`;
  const file = await openNew(partial, 0o600).catch((error) => {
    throw unwritten(output, error);
  });
  try {
    const write = (text: string) =>
      file.writeFile(text).catch((error) => {
        throw unwritten(output, error);
      });
    const counts = await countRows(index, files, signal, write);
    await file.sync().catch((error) => {
      throw unwritten(output, error);
    });
    await file.close();
    await rename(partial, output);
    return counts;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => stat(path).catch(() => null)));
  return first != null && second != null && first.dev === second.dev && first.ino === second.ino;
}

function unwritten(path: string, error: unknown): PatronflowError {
  const { code, message } = toPatronflowError(error);
  return new PatronflowError(
    code === 'DISK_FULL' ? code : 'DISK_DENIED',
    `${path} was not written. ${message}`,
    {
      hint: 'Free some space, or name another file with --out. The input is as it was, and so is an older output.',
      cause: error,
    },
  );
}

/** Characters that are collected before they are written. */
const writtenAtATime = 2 ** 16;

async function countRows(
  index: TractIndex,
  { input, columns: named }: LookUpFiles,
  signal: AbortSignal,
  write: (text: string) => Promise<void>,
): Promise<Counts> {
  const counts: Counts = {};
  let columns: AddressColumns | null = null;
  let text = '';
  for await (const row of rowsOf(input, signal)) {
    if (columns === null) {
      columns = addressColumns(row, input, named);
      text += csvLine([...row, 'status', 'reason', 'geoid']);
      continue;
    }
    const { status, reason, geoid } = lookUp(index, readRow(row, columns));
    counts[status] = (counts[status] ?? 0) + 1;
    text += csvLine([...row, status, reason, geoid ?? '']);
    if (text.length < writtenAtATime) continue;
    await write(text);
    text = '';
  }
  if (columns === null)
    throw new PatronflowError('FILE_UNREADABLE', `${input} is empty.`, {
      hint: 'Give a CSV file with a header.',
    });
  await write(text);
  return counts;
}

/** Errors of the input are told apart here from those of the output. */
async function* rowsOf(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const source = createReadStream(path);
  const rows = parse({ bom: true, relax_column_count: true });
  source.on('error', (error) => rows.destroy(error));
  const iterator = (source.pipe(rows) as AsyncIterable<string[]>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(signal, iterator.next()).catch((error) => {
        signal.throwIfAborted();
        throw new PatronflowError(
          'FILE_UNREADABLE',
          `${path} cannot be read as CSV (${systemCode(error) || 'damaged'}).`,
          { hint: 'Give a CSV file in UTF-8, with a header.', cause: error },
        );
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    source.destroy();
    rows.destroy();
  }
}

function readRow(row: readonly string[], columns: AddressColumns) {
  const field = (name: keyof AddressColumns) => row[columns[name] ?? -1] ?? '';
  const zip = field('zip');
  const street = [field('address'), field('street'), field('unit')];
  return readAddress(addressLine(...street, field('city'), `${field('state')} ${zip}`), zip);
}

const statuses: readonly LookUpStatus[] = [
  'match',
  'match_street',
  'ambiguous',
  'out_of_range',
  'no_street',
  'not_addressable',
];

export function summaryText(counts: Counts): string {
  const total = statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const line = (name: string, count: number) =>
    `${name.padEnd(16)}${number(count).padStart(12)}${((100 * count) / Math.max(1, total)).toFixed(1).padStart(7)} %`;
  const found = (counts.match ?? 0) + (counts.match_street ?? 0);
  const lines = statuses.map((status) => line(status, counts[status] ?? 0));
  return safeLines([...lines, line('with a tract', found), line('addresses', total)]);
}
