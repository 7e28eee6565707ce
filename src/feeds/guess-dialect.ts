import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { charactersOf } from './characters.ts';

/** How a feed seems to be written. A run never guesses: `check` and `init` show it to a person. */
export interface Dialect {
  /** `ascii` where most encodings fit; null where none that is known does. */
  readonly encoding: string | null;
  /** Null for a workbook, and where no sign divides the lines alike. */
  readonly delimiter: string | null;
  readonly hasQuotes: boolean;
  readonly isWorkbook: boolean;
  /** The length of every line, where they have no delimiter and are all of one length. */
  readonly width: number | null;
}

/** Signs that divide fields, most usual first. */
const delimiters = [',', '\t', '|', ';', '^', '~'] as const;

/** Lines looked at. */
const sample = 50;

/** @param head the first bytes of a feed; some tens of kB are enough */
export function guessDialect(head: Buffer): Dialect {
  if (head.subarray(0, 4).toString('hex') === '504b0304')
    return { encoding: null, delimiter: null, hasQuotes: false, isWorkbook: true, width: null };
  const encoding = guessEncoding(head);
  const text = new TextDecoder(encoding ?? 'windows-1252').decode(head);
  const lines = text
    .split(/\r\n|\n|\r/)
    .slice(0, -1)
    .filter((line) => line.trim() !== '')
    .slice(0, sample);
  const delimiter = guessDelimiter(lines);
  const hasQuotes =
    delimiter !== null &&
    lines.some((line) => line.includes(`"${delimiter}`) || line.includes(`${delimiter}"`));
  const [width = 0, ...widths] = lines.map((line) => charactersOf(line).length);
  const isFixed = delimiter === null && widths.length > 0 && widths.every((each) => each === width);
  return { encoding, delimiter, hasQuotes, isWorkbook: false, width: isFixed ? width : null };
}

function guessEncoding(head: Buffer): string | null {
  const marks: readonly (readonly [string, string])[] = [
    ['efbbbf', 'utf-8'],
    ['fffe', 'utf-16le'],
    ['feff', 'utf-16be'],
  ];
  const mark = marks.find(([bytes]) => head.toString('hex', 0, 3).startsWith(bytes));
  if (mark) return mark[1];
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 4) return 'utf-16le';
  if (even > head.length / 4) return 'utf-16be';
  if (isAscii(head)) return 'ascii';
  // The last character may be cut.
  if ([0, 1, 2, 3].some((cut) => isUtf8(head.subarray(0, head.length - cut)))) return 'utf-8';
  return head.some((byte) => [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte)) ? null : 'windows-1252';
}

/** The sign that is in most lines as often as in the first ones; the one with the most fields. */
function guessDelimiter(lines: readonly string[]): string | null {
  const scored = delimiters.map((delimiter) => {
    const counts = lines.map((line) => withoutQuoted(line).split(delimiter).length - 1);
    const usual = counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
    const alike = counts.filter((count) => count === usual).length / Math.max(1, counts.length);
    return { delimiter, usual, alike };
  });
  const fit = scored.filter(({ usual, alike }) => usual > 0 && alike >= 0.8);
  return fit.toSorted((a, b) => b.usual * b.alike - a.usual * a.alike)[0]?.delimiter ?? null;
}

function withoutQuoted(line: string): string {
  return line.replace(/"(?:[^"]|"")*"/g, '');
}
