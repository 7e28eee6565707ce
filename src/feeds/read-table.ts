import type { LineBooks } from '../core/books.ts';
import { PatronflowError } from '../core/errors.ts';
import { type Breakage, DelimitedReader, type DelimitedRecord } from './delimited-reader.ts';
import { HeaderNames } from './header-names.ts';
import { looksJoined } from './joined-rows.ts';
import { Utf8Text } from './utf8-text.ts';
import { otherDelimiter, shownSign } from './wrong-delimiter.ts';

/** Lines that could not be read as a row, named by their place, never by their content. */
export interface UnreadableRow {
  /** The first of the lines. */
  readonly line: number;
  readonly lines: number;
  readonly reason: Breakage | 'too_few_fields' | 'too_many_fields' | 'joined_rows';
  /** Fields found and expected, where their number is to blame. */
  readonly fields?: readonly [number, number];
}

/** What is known of a file when it has been read to its end. */
export interface FileReading extends LineBooks {
  /** Lines that repeat the header, within `header`. */
  readonly repeatedHeaders: number;
  /** Byte order marks and end marks of DOS that stood inside, where files were put together; they are taken away. */
  readonly marks: number;
  /** Records that broke, and the lines that they swallowed. */
  readonly broken: { readonly records: number; readonly lines: number; readonly firstLine: number };
  /** The line in which the file breaks off; null for one that is whole. */
  readonly cutOffInLine: number | null;
}

export interface TableBatch {
  /** The names of the columns in order, the same in every batch. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly unreadable: readonly UnreadableRow[];
  /** With the last batch. */
  readonly file: FileReading | null;
}

/** Rows handed over at once. Few, so that they are gone before the garbage collector has looked at them twice: a thousand at once cost 60 MB. */
const batchSize = 100;

/** Records by which it is told whether rows end with a delimiter more, or less, than the header. One may be a row with a comma too many. */
const leastSample = 2;

/**
 * Reads a file of delimited text whose first line names its columns. Every physical line is in a count: a column name, a row, a
 * blank line, or part of what cannot be read.
 * @param name of the file, for messages
 */
export async function* readTable(
  chunks: AsyncIterable<Buffer>,
  name: string,
  delimiter: string,
): AsyncGenerator<TableBatch> {
  const text = new Utf8Text(name);
  const reader = new DelimitedReader(delimiter);
  const table = new Table(name, delimiter);
  for await (const chunk of chunks) {
    const decoded = text.decode(chunk);
    table.beginsWith(decoded);
    reader.push(decoded);
    for (let record = reader.next(); record; record = reader.next()) {
      if (table.add(record)) yield table.take(null);
    }
  }
  const breaksOff = text.end();
  reader.end();
  for (let record = reader.next(); record; record = reader.next()) {
    if (table.add(record)) yield table.take(null);
  }
  yield table.end(text.lines, reader.marks, breaksOff);
}

/** Tells rows from headers, blank lines and what is none of them, and keeps the books of lines. */
class Table {
  readonly #name: string;
  readonly #delimiter: string;
  /** The beginning of the text, until the header was read: to tell what is wrong with it. */
  #beginning = '';
  #header: HeaderNames | null = null;
  /** Fields of a row; 0 until the first rows have shown it. */
  #width = 0;
  #sample: DelimitedRecord[] = [];
  #rows: (readonly string[])[] = [];
  #unreadable: UnreadableRow[] = [];
  readonly #books = { header: 0, rows: 0, blank: 0, unreadable: 0, records: 0 };
  #repeatedHeaders = 0;
  #broken = { records: 0, lines: 0, firstLine: 0 };
  #cutOffInLine: number | null = null;

  constructor(name: string, delimiter: string) {
    this.#name = name;
    this.#delimiter = delimiter;
  }

  beginsWith(text: string): void {
    if (!this.#header) this.#beginning += text;
  }

  /** @returns whether a batch is full */
  add(record: DelimitedRecord): boolean {
    if (isBlank(record)) this.#books.blank += record.lines;
    else if (!this.#header) this.#readHeader(record);
    else if (this.#width > 0) this.#addRow(record, this.#header);
    else {
      this.#sample.push(record);
      if (this.#sample.length >= batchSize) this.#learnWidth(this.#header);
    }
    return this.#rows.length >= batchSize || this.#unreadable.length >= batchSize;
  }

  take(file: FileReading | null): TableBatch {
    const batch = {
      columns: this.#headerOrFail().names,
      rows: this.#rows,
      unreadable: this.#unreadable,
      file,
    };
    this.#rows = [];
    this.#unreadable = [];
    return batch;
  }

  /** The last batch, with the books. */
  end(lines: number, marks: number, breaksOff: boolean): TableBatch {
    const header = this.#headerOrFail();
    if (this.#width === 0) this.#learnWidth(header);
    if (breaksOff) this.#cutOffInLine ??= lines;
    return this.take({
      lines,
      ...this.#books,
      repeatedHeaders: this.#repeatedHeaders,
      marks,
      broken: this.#broken,
      cutOffInLine: this.#cutOffInLine,
    });
  }

  #headerOrFail(): HeaderNames {
    if (this.#header) return this.#header;
    throw new PatronflowError('SOURCE_QUERY', `${this.#name} has no header line.`, {
      hint: 'The first line of a CSV file names its columns.',
    });
  }

  #readHeader(record: DelimitedRecord): void {
    this.#books.header += record.lines;
    const [first = ''] = record.fields;
    // Excel's own line, which it does not show.
    const separator =
      record.line === 1 && record.fields.length <= 2 ? /^sep=(.?)$/i.exec(first)?.[1] : undefined;
    if (separator !== undefined) {
      if (separator === '' || separator === this.#delimiter) return;
      throw this.#notCommas(`says in its first line that its delimiter is ${shownSign(separator)}`);
    }
    const other =
      record.broken || record.fields.length === 1 ? otherDelimiter(this.#lineOfBeginning(record.line)) : null;
    if (other) throw this.#notCommas(`is no CSV with commas: its first line ${other}`);
    if (record.broken) {
      throw new PatronflowError('SOURCE_QUERY', `${this.#name} has a broken quote in its header line.`, {
        hint: 'Mend the file: a quote inside a quoted field is written twice.',
      });
    }
    this.#header = new HeaderNames(record.fields);
    this.#beginning = '';
  }

  #lineOfBeginning(line: number): string {
    return this.#beginning.split(/\r\n|\n|\r/, line)[line - 1] ?? '';
  }

  #notCommas(what: string): PatronflowError {
    return new PatronflowError('SOURCE_QUERY', `${this.#name} ${what}.`, {
      hint: 'Export it with commas between the fields. To replace the signs alone would break values that hold a comma.',
    });
  }

  /** Some programs end every row with a delimiter, but not the header, or the other way round. */
  #learnWidth(header: HeaderNames): void {
    const sample = this.#sample;
    this.#sample = [];
    const whole = sample.filter(
      ({ broken, isEnded, fields }) => !broken && isEnded && !header.isRepeatedBy(fields),
    );
    const { length } = header.names;
    const all = (isSo: (fields: readonly string[]) => boolean) =>
      whole.length >= leastSample && whole.every(({ fields }) => isSo(fields));
    if (all((fields) => fields.length === length + 1 && isEmpty(fields[length]))) this.#width = length + 1;
    else if (header.names[length - 1] === '' && all((fields) => fields.length === length - 1))
      this.#width = length - 1;
    else this.#width = length;
    for (const record of sample) this.#addRow(record, header);
  }

  #addRow({ fields, line, lines, broken, isEnded }: DelimitedRecord, header: HeaderNames): void {
    if (broken) {
      if (broken === 'unclosed_quote' || !isEnded) this.#cutOffInLine = line + lines - 1;
      return this.#refuse({ line, lines, reason: broken });
    }
    if (header.isRepeatedBy(fields)) {
      this.#books.header += lines;
      this.#repeatedHeaders += 1;
      return;
    }
    if (header.isReplacedBy(fields)) {
      throw new PatronflowError(
        'SOURCE_QUERY',
        `${this.#name} has a second header in line ${line}, with other columns or another order.`,
        {
          hint: 'It was put together from files that do not fit. Load each as a group of its own, or give them the same columns.',
        },
      );
    }
    // The last line may break off before the delimiter that ends the rows.
    const isWhole = fields.length === this.#width || (!isEnded && fields.length === header.names.length);
    if (!isWhole || (this.#width > header.names.length && !isEmpty(fields[header.names.length]))) {
      const isShort = fields.length < this.#width;
      if (isShort && !isEnded) this.#cutOffInLine = line;
      const reason = isShort ? 'too_few_fields' : 'too_many_fields';
      return this.#refuse({ line, lines, reason, fields: [fields.length, this.#width] });
    }
    if (lines > 1 && looksJoined(fields, this.#delimiter))
      return this.#refuse({ line, lines, reason: 'joined_rows' });
    this.#books.rows += lines;
    this.#books.records += 1;
    this.#rows.push(fields);
  }

  /** A record of one line that has too many fields or too few is one wrong row; of several, it may have swallowed others. */
  #refuse(row: UnreadableRow): void {
    this.#books.unreadable += row.lines;
    this.#unreadable.push(row);
    if (row.fields && row.lines === 1) return;
    const { records, lines, firstLine } = this.#broken;
    this.#broken = {
      records: records + 1,
      lines: lines + row.lines,
      firstLine: records === 0 ? row.line : firstLine,
    };
  }
}

const isEmpty = (field: string | undefined): boolean => field === undefined || field.trim() === '';

/** A record without any value, such as the rows of commas that spreadsheets leave at the end. */
function isBlank({ fields, broken }: DelimitedRecord): boolean {
  return !broken && isEmpty(fields[0]) && fields.every(isEmpty);
}
