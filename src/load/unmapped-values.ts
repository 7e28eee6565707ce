import { shapeOf } from '../core/value-shape.ts';

/** Different values that are remembered of a table. Codes that a table forgot are fewer: with more, the table or the column is the wrong one. */
const fewValues = 20;

/** Different shapes that are counted; under `(others)` the rest. */
const listedShapes = 50;
const others = '(others)';

/** Short words without blanks. Of a table with several columns the codes stand with `|` between them. */
const likeCode = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_./&+:-]{0,19}$/u;

/** People who must share a value that may be a name or an id before it is shown. */
const sharedBy = 10;

/** Digits that an id has, but hardly a code; a table whose own codes are as long says otherwise. */
const digitsOfId = 6;

/** Codes of a table that must have been met before they tell what kind of table it is. */
const tellingCodes = 10;

/** What is looked up in one table that the table lacks. From a wrong column come names, ids and dates, so values are not simply shown. */
export class UnmappedValues {
  readonly #codes: ReadonlySet<string>;
  readonly #values = new Map<string, number>();
  readonly #shapes = new Map<string, number>();
  readonly #found = new Set<string>();
  #looks = 0;
  #areMany = false;

  /** @param codes those that the table has */
  constructor(codes: ReadonlySet<string>) {
    this.#codes = codes;
  }

  /** Notes a code that the table has: whether people share them tells codes from ids. */
  found(code: string): void {
    this.#looks += 1;
    this.#found.add(code);
  }

  missed(value: string): void {
    if (this.#areMany) return this.#countShape(value, 1);
    this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
    if (this.#values.size <= fewValues) return;
    this.#areMany = true;
    for (const [each, count] of this.#values) this.#countShape(each, count);
    this.#values.clear();
  }

  /** How often each value was met: values that look like codes as they are, of others their shape, such as `like 999-99-9999`. */
  counts(): Readonly<Record<string, number>> {
    const shapes = new Map(this.#shapes);
    const listed: [string, number][] = [];
    for (const [value, count] of this.#values) {
      if (value === '' || this.#isCode(value, count)) listed.push([value, count]);
      else addTo(shapes, shapeOf(value), count);
    }
    const shaped = [...shapes].map(([shape, count]): [string, number] => [
      shape === others ? others : `like ${shape}`,
      count,
    ]);
    return Object.fromEntries([...listed, ...shaped]);
  }

  #countShape(value: string, count: number): void {
    const shape = shapeOf(value);
    addTo(this.#shapes, this.#shapes.has(shape) || this.#shapes.size < listedShapes ? shape : others, count);
  }

  #isCode(value: string, count: number): boolean {
    if (!value.split('|').every((code) => code === '' || likeCode.test(code))) return false;
    const digits = value.replace(/\P{Nd}/gu, '').length;
    const isAsLong = digits < digitsOfId || this.#hasShape(shapeOf(value));
    if (count >= sharedBy) return isAsLong;
    const isWord = /^[\p{L}\p{M}]{3,}$/u.test(value) && !/^\p{Lu}{3,4}$/u.test(value);
    return isAsLong && !isWord && !this.#isForEach();
  }

  /** Tells whether each code of the table was met about once: then it is a table of people. */
  #isForEach(): boolean {
    return this.#found.size >= tellingCodes && this.#looks < this.#found.size * 2;
  }

  #hasShape(shape: string): boolean {
    for (const code of this.#codes) if (shapeOf(code) === shape) return true;
    return false;
  }
}

function addTo(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
