import type { WorkbookFormat } from '../feed-format.ts';
import type { FeedRecord } from '../feed-record.ts';
import { isoDateText, maxCharacters, numberText, withoutEscapes } from './cell-text.ts';
import type { PartHandler } from './parse-part.ts';
import type { WorkbookParts } from './workbook-parts.ts';

/** Columns that Excel has at most; a cell that names a later one is no cell. */
const maxColumns = 16_384;

/** Rows that Excel has at most. */
const maxRows = 1_048_576;

/** Turns the elements of a sheet into records (ECMA-376, part 1, 18.3). */
export class SheetRows implements PartHandler {
  readonly #parts: WorkbookParts;
  readonly #format: WorkbookFormat;
  #found: FeedRecord[] = [];
  #fields: string[] = [];
  #errorCells: number[] = [];
  #line = 0;
  #column = 0;
  #type = 'n';
  #style = 0;
  #value = '';
  #hasFormula = false;
  #isInValue = false;
  #isPhonetic = false;
  /** Columns that the rows have: those that the names have. */
  #width: number;
  #headersLeft: number;
  count = 0;
  formulas = 0;

  constructor(parts: WorkbookParts, format: WorkbookFormat) {
    this.#parts = parts;
    this.#format = format;
    this.#width = format.header?.length ?? 0;
    this.#headersLeft = format.header ? 0 : format.headerRows;
  }

  /** The records since the last time; null where there are none. */
  take(): readonly FeedRecord[] | null {
    if (this.#found.length === 0) return null;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    switch (name) {
      case 'row':
        this.#line = Number(attributes.r ?? this.#line + 1);
        this.#fields = [];
        this.#errorCells = [];
        this.#column = -1;
        break;
      case 'c':
        this.#column = columnOf(attributes.r) ?? this.#column + 1;
        this.#type = attributes.t ?? 'n';
        this.#style = Number(attributes.s ?? 0);
        this.#value = '';
        this.#hasFormula = false;
        break;
      case 'f':
        this.#hasFormula = true;
        break;
      case 'rPh':
        this.#isPhonetic = true;
        break;
      case 'v':
      case 't':
        this.#isInValue = !this.#isPhonetic;
    }
  }

  text(text: string): void {
    if (this.#isInValue && this.#value.length < maxCharacters) this.#value += text;
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#isInValue = false;
    else if (name === 'rPh') this.#isPhonetic = false;
    else if (name === 'c') this.#endCell();
    else if (name === 'row') this.#endRow();
  }

  #endCell(): void {
    if (this.#column < 0 || this.#column >= maxColumns) throw new Error('a cell outside of the sheet');
    if (this.#hasFormula) this.formulas += 1;
    // A formula that no program has calculated yet has no value.
    const isError = this.#type === 'e' || (this.#hasFormula && this.#value === '' && this.#type !== 'str');
    if (isError && this.#errorCells.length < maxColumns) this.#errorCells.push(this.#column);
    while (this.#fields.length < this.#column) this.#fields.push('');
    this.#fields[this.#column] = isError ? '' : this.#cellText();
  }

  #cellText(): string {
    if (this.#value === '') return '';
    switch (this.#type) {
      case 's':
        return this.#sharedText();
      case 'b':
        return this.#value === '1' ? 'TRUE' : 'FALSE';
      case 'n':
        return numberText(this.#value, this.#parts.styles[this.#style] ?? 'plain', this.#parts.is1904);
      case 'd':
        return isoDateText(this.#value);
      default:
        return withoutEscapes(this.#value);
    }
  }

  /** A text that is not there is damage: as an empty value it would be lost in silence. */
  #sharedText(): string {
    const text = this.#parts.strings[Number(this.#value)];
    if (text === undefined) throw new Error('a cell with a text that the workbook lacks');
    return text;
  }

  #endRow(): void {
    this.count += 1;
    if (this.count > maxRows) throw new Error('more rows than a sheet has');
    const isSkipped = this.#line <= this.#format.skipLines;
    const fields = withoutEmptyEnd(this.#fields);
    if (!isSkipped && this.#headersLeft > 0 && fields.length > 0) {
      this.#headersLeft -= 1;
      this.#width = Math.max(this.#width, fields.length);
    }
    const errorCells = this.#errorCells.filter((column) => column < this.#width);
    // A blank row needs no fields; a million of them would fill the memory.
    if (fields.length + errorCells.length > 0) while (fields.length < this.#width) fields.push('');
    this.#found.push({
      fields,
      line: this.#line,
      lines: 1,
      broken: null,
      isEnded: true,
      ...(isSkipped && { isSkipped }),
      ...(errorCells.length > 0 && this.#format.errorCells === 'reject' && { errorCells }),
    });
  }
}

/** `AB12` is in column 27. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(reference ?? '')?.[0];
  if (letters === undefined) return null;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function withoutEmptyEnd(fields: string[]): string[] {
  let { length } = fields;
  while (length > 0 && fields[length - 1] === '') length -= 1;
  return fields.slice(0, length);
}
