import type { LineBooks } from '../core/books.ts';
import { PatronflowError } from '../core/errors.ts';
import type { FeedFormat } from './feed-format.ts';
import type { Breakage, FeedRecord } from './feed-record.ts';
import type { HeaderNames } from './header-names.ts';
import { HeaderReader } from './header-reader.ts';
import { looksJoined } from './joined-rows.ts';

/** Columns that every row of a feed can have besides its own: where it stands. */
export const placeColumns = ['_file', '_line'] as const;

/** Lines that could not be read as a row, named by their place, never by their content. */
export interface UnreadableRow {
  /** The name of the file, where a table may be of several. */
  readonly file?: string;
  /** The first of the lines. */
  readonly line: number;
  readonly lines: number;
  readonly reason:
    | Breakage
    | 'too_few_fields'
    | 'too_many_fields'
    | 'joined_rows'
    | 'wrong_width'
    | 'error_cell';
  /** Fields found and expected, where their number is to blame; characters where the width is. */
  readonly fields?: readonly [number, number];
}

/** What is known of a file when it has been read to its end. */
export interface FileReading extends LineBooks {
  /** Its name, for messages. */
  readonly name: string;
  /** Lines that repeat the header, within `header`. */
  readonly repeatedHeaders: number;
  /** Byte order marks and end marks of DOS that stood inside, where files were put together; they are taken away. */
  readonly marks: number;
  /** Records that broke, and the lines that they swallowed. */
  readonly broken: { readonly records: number; readonly lines: number; readonly firstLine: number };
  /** The line in which the file breaks off; null for one that is whole. */
  readonly cutOffInLine: number | null;
  /** What the last line says of the length, and the length; null where the format has no trailer. */
  readonly trailer: {
    readonly expected: number | null;
    readonly found: number;
    readonly counts: 'rows' | 'lines';
  } | null;
  /** Cells of a workbook that hold a formula, whose last value was taken. */
  readonly formulas: number;
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

/** Tells rows from headers, blank lines and what is none of them, and keeps the books of lines. */
export class TableRows {
  readonly #name: string;
  readonly #format: FeedFormat;
  readonly #withPlace: boolean;
  readonly #headers: HeaderReader;
  #header: HeaderNames | null = null;
  /** Fields of a row; 0 until the first rows have shown it. */
  #width = 0;
  #sample: FeedRecord[] = [];
  #rows: (readonly string[])[] = [];
  #unreadable: UnreadableRow[] = [];
  readonly #books = { header: 0, rows: 0, blank: 0, unreadable: 0, skipped: 0, records: 0 };
  #repeatedHeaders = 0;
  #broken = { records: 0, lines: 0, firstLine: 0 };
  #cutOffInLine: number | null = null;
  /** The number that the trailer gives; null before the trailer. */
  #expected: number | null = null;
  formulas = 0;

  constructor(name: string, format: FeedFormat, withPlace: boolean) {
    this.#name = name;
    this.#format = format;
    this.#withPlace = withPlace;
    this.#headers = new HeaderReader(name, format);
    this.#header = this.#headers.given;
  }

  beginsWith(text: string): void {
    this.#headers.beginsWith(text);
  }

  /** @returns whether a batch is full */
  add(record: FeedRecord): boolean {
    if (record.isSkipped) this.#books.skipped += record.lines;
    else if (isBlank(record)) this.#books.blank += record.lines;
    else if (this.#isTrailer(record)) this.#books.skipped += record.lines;
    else if (!this.#header) this.#readHeader(record);
    else if (this.#width > 0) this.#addRow(record, this.#header);
    else {
      this.#headers.refuseWrongDelimiter(record);
      this.#sample.push(record);
      if (this.#sample.length >= batchSize) this.#learnWidth(this.#header);
    }
    return this.#rows.length >= batchSize || this.#unreadable.length >= batchSize;
  }

  take(file: FileReading | null): TableBatch {
    const { names } = this.#headerOrFail();
    const batch = {
      columns: this.#withPlace ? [...names, ...placeColumns] : names,
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
      name: this.#name,
      lines,
      ...this.#books,
      repeatedHeaders: this.#repeatedHeaders,
      marks,
      broken: this.#broken,
      cutOffInLine: this.#cutOffInLine,
      trailer: this.#trailerAfter(lines),
      formulas: this.formulas,
    });
  }

  #isTrailer({ fields, broken, text }: FeedRecord): boolean {
    const trailer = this.#format.kind === 'workbook' ? null : this.#format.trailer;
    if (trailer === null || broken) return false;
    const joined = this.#format.kind === 'delimited' ? fields.join(this.#format.delimiter) : (text ?? '');
    const found = trailer.pattern.exec(joined)?.[1];
    if (found === undefined) return false;
    // Of files that were put together each has its own.
    this.#expected = (this.#expected ?? 0) + Number(found);
    return true;
  }

  #trailerAfter(lines: number): FileReading['trailer'] {
    const trailer = this.#format.kind === 'workbook' ? null : this.#format.trailer;
    if (trailer === null) return null;
    const { records, unreadable } = this.#books;
    const found = trailer.counts === 'lines' ? lines : records + unreadable;
    return { expected: this.#expected, found, counts: trailer.counts };
  }

  #headerOrFail(): HeaderNames {
    return this.#header ?? this.#headers.fail();
  }

  #readHeader(record: FeedRecord): void {
    this.#books.header += record.lines;
    this.#header = this.#headers.read(record);
  }

  /** Some programs end every row with a delimiter, but not the header, or the other way round. */
  #learnWidth(header: HeaderNames): void {
    const sample = this.#sample;
    this.#sample = [];
    const whole = sample.filter(
      ({ broken, width, isEnded, fields }) => !broken && !width && isEnded && !header.isRepeatedBy(fields),
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

  #addRow(record: FeedRecord, header: HeaderNames): void {
    const { fields, line, lines, broken, isEnded, width } = record;
    if (broken) {
      if (broken === 'unclosed_quote' || !isEnded) this.#cutOffInLine = line + lines - 1;
      return this.#refuse({ line, lines, reason: broken });
    }
    if (width) {
      if (!isEnded && width[0] < width[1]) this.#cutOffInLine = line;
      return this.#refuse({ line, lines, reason: 'wrong_width', fields: width });
    }
    if (header.isRepeatedBy(fields)) {
      this.#books.header += lines;
      this.#repeatedHeaders += 1;
      return;
    }
    if (this.#format.kind !== 'fixed' && header.isReplacedBy(fields)) {
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
    if (record.errorCells) return this.#refuse({ line, lines, reason: 'error_cell' });
    if (lines > 1 && this.#format.kind === 'delimited' && looksJoined(fields, this.#format.delimiter))
      return this.#refuse({ line, lines, reason: 'joined_rows' });
    this.#books.rows += lines;
    this.#books.records += 1;
    this.#rows.push(
      this.#withPlace ? [...withLength(fields, header.names.length), this.#name, String(line)] : fields,
    );
  }

  /** A record of one line that has too many fields or too few is one wrong row; of several, it may have swallowed others. */
  #refuse(row: UnreadableRow): void {
    this.#books.unreadable += row.lines;
    this.#unreadable.push(this.#withPlace ? { ...row, file: this.#name } : row);
    if ((row.fields || row.reason === 'error_cell') && row.lines === 1) return;
    const { records, lines, firstLine } = this.#broken;
    this.#broken = {
      records: records + 1,
      lines: lines + row.lines,
      firstLine: records === 0 ? row.line : firstLine,
    };
  }
}

/** Rows may have a delimiter more or less than the header. */
function withLength(fields: readonly string[], length: number): readonly string[] {
  if (fields.length === length) return fields;
  return fields.length > length ? fields.slice(0, length) : [...fields, ''];
}

const isEmpty = (field: string | undefined): boolean => field === undefined || field.trim() === '';

/** A record without any value, such as the rows of commas that spreadsheets leave at the end. */
function isBlank({ fields, broken, width, errorCells }: FeedRecord): boolean {
  return !broken && !width && !errorCells && isEmpty(fields[0]) && fields.every(isEmpty);
}
