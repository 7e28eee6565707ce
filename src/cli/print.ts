import wrapAnsi from 'wrap-ansi';
import { safeJson, safeLine } from '../core/safe-text.ts';
import type { Output } from './process-context.ts';

// The only way from a command to an output, so that no foreign text reaches one as it is. A guard of the source knows it.

/** Prints a text for people; on a terminal its lines are wrapped between words. */
export function printText(output: Output, text: string): void {
  const lines = text.replace(/\n$/, '').split('\n').map(safeLine);
  output.write(`${lines.map((line) => wrapped(line, output)).join('\n')}\n`);
}

/** Prints a value for programs, in one line. */
export function printJson(output: Output, value: unknown): void {
  output.write(safeJson(value));
}

/** Prints a file: as it is, but on a terminal, where a person looks, without what would change it. */
export function printFile(output: Output, text: string): void {
  output.write(output.isTTY ? text.split('\n').map(safeLine).join('\n') : text);
}

/** Below this there is no use in wrapping. */
const narrowest = 40;

/** Wraps a line at the width of a terminal. What follows the first break begins below the text, or below its last column. */
export function wrapped(text: string, { isTTY, columns = 0 }: Output): string {
  if (!isTTY || columns < narrowest || text.length <= columns) return text;
  // A coloured line of the log: codes are not counted, and stand at both sides of a break.
  if (text.includes('\u001b')) return wrapAnsi(text, columns, { hard: false });
  // As the library does: the first part is to be found in the line again.
  const line = text.normalize();
  const indent = hangingIndent(line, columns);
  const [first = '', ...rest] = wrapAnsi(line, columns, { hard: false, trim: false }).split('\n');
  if (rest.length === 0) return line;
  const others = wrapAnsi(line.slice(first.length).trimStart(), columns - indent, { hard: false });
  return [first.trimEnd(), ...others.split('\n').map((each) => ' '.repeat(indent) + each)].join('\n');
}

function hangingIndent(line: string, columns: number): number {
  const start = line.length - line.trimStart().length;
  const lastColumn = /^.*\S {2,}(?=\S)/.exec(line)?.[0].length ?? 0;
  return lastColumn > 0 && lastColumn <= columns / 2 ? lastColumn : start + 2;
}
