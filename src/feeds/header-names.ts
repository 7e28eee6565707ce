/** What is invisible in the name of a column, or stands around it by accident: programs pad names with blanks. */
const invisible = /[\u0000-\u001f\u007f-\u009f]|\p{Default_Ignorable_Code_Point}/gu;

const folded = (name: string): string => cleaned(name).toLowerCase();

/** The name of a column as it counts: without what does not show. */
export function cleaned(name: string): string {
  return name.replace(invisible, '').trim();
}

/** The names of a file's columns, and lines further down that repeat them. */
export class HeaderNames {
  readonly names: readonly string[];
  readonly #folded: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #lengths: ReadonlySet<number>;

  constructor(fields: readonly string[]) {
    this.names = fields.map(cleaned);
    this.#folded = this.names.map((name) => name.toLowerCase());
    this.#known = new Set(this.#folded);
    this.#lengths = new Set(
      fields.map(({ length }) => length).concat(this.#folded.map(({ length }) => length)),
    );
  }

  /** Tells whether a row is the header again, as where files were put together. */
  isRepeatedBy(fields: readonly string[]): boolean {
    if (fields.length !== this.names.length || !this.#mayBeName(fields[0])) return false;
    return fields.every((field, index) => folded(field) === this.#folded[index]);
  }

  /** Tells whether a row is the header of another file, with other columns or in another order: what follows it would be read wrongly. */
  isReplacedBy(fields: readonly string[]): boolean {
    if (fields.length < 2 || !(this.#mayBeName(fields[0]) || this.#mayBeName(fields[1]))) return false;
    const known = new Set(fields.map(folded).filter((name) => name !== '' && this.#known.has(name)));
    return known.size >= 2 && known.size * 2 >= fields.length;
  }

  /** A quick look, as nearly no row is a header. */
  #mayBeName(field = ''): boolean {
    return this.#lengths.has(field.length) && this.#known.has(folded(field));
  }
}
