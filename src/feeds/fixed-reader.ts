import { charactersOf } from './characters.ts';
import { DelimitedReader } from './delimited-reader.ts';
import type { FixedFormat } from './feed-format.ts';
import type { FeedRecord, RecordReader } from './feed-record.ts';

/** A sign that no line of text holds, so that every line is one field. */
const noDelimiter = '\n';

/** Divides lines into columns by the places at which these stand, counted in characters. Blanks around values are padding. */
export class FixedReader implements RecordReader {
  readonly #lines: DelimitedReader;
  readonly #layout: FixedFormat['layout'];

  constructor({ layout, skipLines, comment }: FixedFormat) {
    this.#layout = layout;
    this.#lines = new DelimitedReader({ delimiter: noDelimiter, quote: null, skipLines, comment });
  }

  push(text: string): void {
    this.#lines.push(text);
  }

  end(): void {
    this.#lines.end();
  }

  get marks(): number {
    return this.#lines.marks;
  }

  next(): FeedRecord | null {
    const record = this.#lines.next();
    if (!record || record.broken || record.isSkipped) return record;
    const [line = ''] = record.fields;
    if (line.trim() === '') return record;
    const characters = charactersOf(line);
    const expected = this.#layout.wrongLength(characters);
    return expected === null
      ? { ...record, fields: this.#layout.fieldsOf(characters), text: line }
      : { ...record, width: [characters.length, expected], text: line };
  }
}
