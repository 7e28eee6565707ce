import type { Characters } from './characters.ts';

/** A column of a layout: its first character, counted from 0, and the character behind its last one. */
export interface FixedColumn {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Where the columns of a line stand. */
export interface FixedLayout {
  readonly names: readonly string[];
  /** The values of a line, without the blanks around them. */
  fieldsOf(line: Characters): string[];
  /** Tells what is wrong with the length of a line: the length that it should have; null where it fits. */
  wrongLength(line: Characters): number | null;
}

/**
 * A layout of lines that are all of one length.
 * @param positions first and last character of each column, counted from 1 as descriptions of layouts do: `{ ID: '1-9' }`
 * @param shortLines `pad` where the program that writes the feed leaves away blanks at the ends of lines
 * @returns null where a position cannot be read
 */
export function fixedLayout(
  positions: Readonly<Record<string, string>>,
  shortLines: 'reject' | 'pad',
): FixedLayout | null {
  const columns: FixedColumn[] = [];
  for (const [name, position] of Object.entries(positions)) {
    const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(position.trim()) ?? [];
    const from = Number(first) - 1;
    const to = Number(last);
    if (first === '' || from < 0 || to <= from) return null;
    columns.push({ name, from, to });
  }
  const length = Math.max(...columns.map(({ to }) => to));
  const fits = (line: Characters) =>
    line.length === length ||
    (shortLines === 'pad' && line.length < length) ||
    // Blanks behind the last column are often written and mean nothing.
    (line.length > length && line.slice(length).trim() === '');
  return {
    names: columns.map(({ name }) => name),
    fieldsOf: (line) => columns.map(({ from, to }) => line.slice(from, to).trim()),
    wrongLength: (line) => (fits(line) ? null : length),
  };
}
