import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLine, guarded } from '../../core/csv-text.ts';
import type { UnreadableRow } from '../../feeds/table-rows.ts';
import type { Outcome } from '../fill-person.ts';
import type { LocalFile } from '../ports.ts';
import type { Person } from '../read-people.ts';
import { rejectReasons } from '../rejected-person.ts';

/** Columns before those of the source. They say which row was rejected, and why; loading the file again reads the first alone. */
export const rejectsColumns = ['_group', '_row', '_file', '_line', '_reason', '_element'] as const;

/** Characters kept in memory before they are written. */
const pieceLength = 64 * 1024;

/** Files that rows are divided into. An institution column with more values is none, and each file takes a descriptor. */
const maxFiles = 100;

/** Behind the name of the file of all other values. */
const rest = '_other';

/** By which spreadsheets know UTF-8. */
const byteOrderMark = '\ufeff';

export interface RejectsOptions {
  /** A private folder, which is made. */
  readonly directory: string;
  /** Names of the source's columns. */
  readonly columns: readonly string[];
  /** A column by whose values, and by the groups, rows are divided into files; null for one file. */
  readonly by: string | null;
}

/** Rejected rows of a run, as a file or several. */
export interface RejectsFile extends LocalFile {
  /** What is put behind the name of the file; '' where there is one file. */
  readonly suffix: string;
  readonly rows: number;
}

type Rejected = Pick<Extract<Outcome, { kind: 'rejected' }>, 'reason' | 'element' | 'functionName'>;

/** Writes each rejected row with the values that it came with, in a form that a person can mend and load again. Personal data. */
export class RejectsWriter {
  readonly #options: RejectsOptions;
  readonly #files = new Map<string, OpenFile>();

  private constructor(options: RejectsOptions) {
    this.#options = options;
  }

  static async open(options: RejectsOptions): Promise<RejectsWriter> {
    await mkdir(options.directory, { mode: 0o700 });
    const writer = new RejectsWriter(options);
    // Where no row is rejected the file says so: an old one must not be taken for today's.
    if (options.by === null) await writer.#fileOf('');
    return writer;
  }

  /** @param personColumn the column that identifies a person, which the template may not have asked for */
  async person(
    group: string,
    personColumn: string,
    { row, key, at, values }: Person,
    { reason, element, functionName }: Rejected,
  ): Promise<void> {
    const known: Readonly<Record<string, string>> = { [personColumn]: key, ...values };
    const blamed = functionName ? `${functionName} in ${element}` : element;
    const lead = [group, String(row), at?.file ?? '', at?.line ?? '', rejectReasons[reason], blamed];
    const own = this.#options.columns.map((name) => known[name] ?? '');
    await this.#add(group, known[this.#options.by ?? ''] ?? '', [...lead, ...own]);
  }

  /** Lines that could not be read have no values. */
  async lines(group: string, { file, line, lines, reason }: UnreadableRow): Promise<void> {
    const place = lines > 1 ? `${line} to ${line + lines - 1}` : String(line);
    const lead = [group, '', file ?? '', place, rejectReasons[reason], ''];
    await this.#add(group, '', [...lead, ...this.#options.columns.map(() => '')]);
  }

  async finish(): Promise<readonly RejectsFile[]> {
    return Promise.all([...this.#files.values()].map((file) => file.finish()));
  }

  /** Ends without files. */
  async abandon(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  async #add(group: string, value: string, values: readonly string[]): Promise<void> {
    const suffix = this.#options.by === null ? '' : `_${group}${value && `_${plain(value)}`}`;
    const file = await this.#fileOf(suffix);
    await file.add(csvLine(values.map(guarded)));
  }

  async #fileOf(suffix: string): Promise<OpenFile> {
    const known = this.#files.get(suffix);
    if (known) return known;
    if (this.#files.size >= maxFiles && suffix !== rest) return this.#fileOf(rest);
    const made = await OpenFile.make(join(this.#options.directory, `${this.#files.size}.csv`), suffix, [
      ...rejectsColumns,
      ...this.#options.columns,
    ]);
    this.#files.set(suffix, made);
    return made;
  }
}

/** A value as part of a file's name. */
function plain(value: string): string {
  return value.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40);
}

class OpenFile {
  readonly #path: string;
  readonly #suffix: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #piece: string;
  #size = 0;
  #rows = 0;

  private constructor(path: string, suffix: string, handle: FileHandle, header: readonly string[]) {
    this.#path = path;
    this.#suffix = suffix;
    this.#handle = handle;
    this.#piece = byteOrderMark + csvLine(header);
  }

  static async make(path: string, suffix: string, header: readonly string[]): Promise<OpenFile> {
    return new OpenFile(path, suffix, await open(path, 'wx', 0o600), header);
  }

  async add(line: string): Promise<void> {
    this.#rows += 1;
    this.#piece += line;
    if (this.#piece.length >= pieceLength) await this.#flush();
  }

  async finish(): Promise<RejectsFile> {
    await this.#flush();
    await this.#handle.close();
    return {
      path: this.#path,
      size: this.#size,
      sha256: this.#hash.digest('hex'),
      suffix: this.#suffix,
      rows: this.#rows,
    };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#piece);
    this.#piece = '';
    this.#size += bytes.length;
    this.#hash.update(bytes);
    await this.#handle.writeFile(bytes);
  }
}
