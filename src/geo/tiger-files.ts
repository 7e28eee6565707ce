import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import yauzl from 'yauzl';
import { checksummed } from '../core/checksum.ts';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { DamagedTable, type DbfTable, openDbf } from './dbf.ts';

/** The tables of TIGER/Line that an index is made from, told apart by their columns. */
export type TigerKind = 'addrfeat' | 'faces' | 'featnames';

export interface TigerFile {
  readonly path: string;
  readonly kind: TigerKind;
  /** By its name, tl_2024_36081_faces.zip; '' when it says nothing of the kind. */
  readonly year: string;
  /** State and county, by its name; '' likewise. */
  readonly county: string;
  readonly columns: readonly string[];
  /** Rows, by its header. */
  readonly length: number;
}

/** A column of each kind that the others lack. */
const marks: Readonly<Record<TigerKind, readonly string[]>> = {
  addrfeat: ['TLID', 'FULLNAME', 'LFROMHN', 'RTOHN', 'TFIDL', 'ZIPL'],
  faces: ['TFID', 'TRACTCE', 'STATEFP', 'COUNTYFP'],
  featnames: ['TLID', 'FULLNAME', 'PAFLAG'],
};

export interface FoundFiles {
  readonly files: readonly TigerFile[];
  /** Tables that are of no use here, such as those of water or rails. */
  readonly others: readonly string[];
}

/**
 * Finds the tables among files and, one level deep, in folders: .dbf, or .zip as they are downloaded. The other
 * parts of a shapefile are passed over.
 * @throws PatronflowError FILE_UNREADABLE
 */
export async function findTigerFiles(paths: readonly string[], signal: AbortSignal): Promise<FoundFiles> {
  const files: TigerFile[] = [];
  const others: string[] = [];
  for (const path of await expand(paths)) {
    const table = await withTable(path, signal, async ({ columns, length }) => ({ columns, length }));
    const kind = kindOf(table.columns);
    if (kind === undefined) {
      others.push(path);
      continue;
    }
    const [, year = '', county = ''] = /tl_(\d{4})_(\d{5})/i.exec(basename(path)) ?? [];
    files.push({ path, kind, year, county, ...table });
  }
  return { files, others };
}

function kindOf(columns: readonly string[]): TigerKind | undefined {
  const kinds = Object.keys(marks) as TigerKind[];
  return kinds.find((kind) =>
    marks[kind].every((mark) =>
      columns.some((column) => column === mark || column.replace(/\d\d$/, '') === mark),
    ),
  );
}

/** Files in the order of their names, so that the order of a folder does not matter. */
async function expand(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (entry) => entry.isDirectory(),
      (error) => {
        throw unreadable(path, `cannot be read (${systemCode(error)})`, error);
      },
    );
    if (!isFolder) found.push(path);
    else for (const name of await readdir(path)) if (/\.(dbf|zip)$/i.test(name)) found.push(join(path, name));
  }
  return [...new Set(found)].sort();
}

const differs = () => new DamagedTable('Its checksum does not match.');

/**
 * Opens the table of a file, and closes the file when the work is done.
 * @param signal ends the reading with the stream's abort error
 * @throws PatronflowError FILE_UNREADABLE when there is no table in it, or it is damaged
 */
export async function withTable<T>(
  path: string,
  signal: AbortSignal,
  work: (table: DbfTable) => Promise<T>,
): Promise<T> {
  let stream: Readable | undefined;
  let zip: Awaited<ReturnType<typeof yauzl.openPromise>> | undefined;
  try {
    if (!/\.zip$/i.test(path)) {
      stream = createReadStream(path, { highWaterMark: 2 ** 18, signal });
      return await work(await openDbf(stream));
    }
    zip = await yauzl.openPromise(path);
    for await (const entry of zip.eachEntry()) {
      // macOS puts its own notes into zips, under the names of the files that they are about.
      if (!/\.dbf$/i.test(entry.fileName) || /(^|\/)(__MACOSX\/|\._)/.test(entry.fileName)) continue;
      stream = addAbortSignal(signal, await zip.openReadStreamPromise(entry));
      return await work(await openDbf(checksummed(stream, entry.crc32, differs)));
    }
    throw new DamagedTable('There is no .dbf in it.');
  } catch (error) {
    if (error instanceof PatronflowError || signal.aborted) throw error;
    const what =
      error instanceof DamagedTable
        ? error.message
        : `It cannot be read (${systemCode(error) || 'damaged'}).`;
    throw unreadable(path, what, error);
  } finally {
    stream?.destroy();
    zip?.close();
  }
}

function unreadable(path: string, what: string, cause: unknown): PatronflowError {
  return new PatronflowError('FILE_UNREADABLE', `${safeText(path)}: ${what}`, {
    hint: 'Name .dbf or .zip files of TIGER/Line, or folders of them; download a damaged one again.',
    cause,
  });
}
