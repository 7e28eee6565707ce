import type { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { PatronflowError } from '../../core/errors.ts';

/** Bytes of a workbook: its directory stands at its end, so it is read as a whole. Half a million people have some 60 MB. */
const maxBytes = 256 * 1024 ** 2;

/** Bytes of one part, unpacked. More is an attack rather than a sheet: Excel's 1,048,576 rows of 30 columns have some 2 GB. */
const maxUnpacked = 8 * 1024 ** 3;

/** Parts of a workbook; one with a chart on each of a hundred sheets has a thousand. */
const maxParts = 50_000;

/** The parts of a workbook, by their names in the zip. */
export class WorkbookZip {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #name: string;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, name: string) {
    this.#zip = zip;
    this.#entries = entries;
    this.#name = name;
  }

  /** @throws PatronflowError SOURCE_QUERY where the feed is no workbook */
  static async open(chunks: AsyncIterable<Buffer>, name: string): Promise<WorkbookZip> {
    const bytes = await wholeFile(chunks, name);
    const begins = bytes.subarray(0, 4).toString('hex');
    if (begins === 'd0cf11e0')
      throw unusable(
        name,
        'has a password, or is an old .xls',
        'Save it in Excel as .xlsx, without a password.',
      );
    if (begins !== '504b0304')
      throw unusable(
        name,
        'is not an Excel workbook (.xlsx)',
        "Take sheet out of the table's format, if the feed is text.",
      );
    const { default: yauzl } = await import('yauzl');
    try {
      const zip = await yauzl.fromBufferPromise(bytes);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        entries.set(keyOf(entry.fileName), entry);
        if (entries.size > maxParts) throw new Error('a workbook of too many parts');
      }
      return new WorkbookZip(zip, entries, name);
    } catch (error) {
      throw damaged(name, error);
    }
  }

  has(part: string): boolean {
    return this.#entries.has(keyOf(part));
  }

  /** The content of a part, unpacked as it is read. @param max bytes of it, unpacked */
  async *read(part: string, max = maxUnpacked): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(keyOf(part));
    if (!entry) throw damaged(this.#name);
    if (entry.uncompressedSize > max)
      throw new PatronflowError(
        'LIMIT_EXCEEDED',
        `${this.#name} has a part of ${entry.uncompressedSize.toLocaleString('en-US')} bytes, unpacked.`,
        { hint: 'It is not a sheet of people. Ask where it comes from.' },
      );
    try {
      // Its sizes are checked while it is unpacked: a part that is longer than it says is an error.
      const stream: Readable = await this.#zip.openReadStreamPromise(entry);
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      throw error instanceof PatronflowError ? error : damaged(this.#name, error);
    }
  }
}

/** Names of parts are the same in upper and lower case (ECMA-376, part 2, 6.2.2). */
const keyOf = (part: string): string => part.replace(/^\//, '').toLowerCase();

async function wholeFile(chunks: AsyncIterable<Buffer>, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxBytes)
      throw new PatronflowError('LIMIT_EXCEEDED', `${name} is a workbook of more than 256 MiB.`, {
        hint: 'Export the sheet as text, which is read in pieces.',
      });
    parts.push(chunk);
  }
  return Buffer.concat(parts, size);
}

export function unusable(name: string, what: string, hint: string, cause?: unknown): PatronflowError {
  return new PatronflowError('SOURCE_QUERY', `${name} ${what}.`, { hint, cause });
}

export function damaged(name: string, cause?: unknown): PatronflowError {
  return unusable(
    name,
    'is a workbook that cannot be read',
    'It may not have arrived completely. Open it in Excel, and save it again.',
    cause,
  );
}
