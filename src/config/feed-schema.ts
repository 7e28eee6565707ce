import { z } from 'zod';
import { count, share } from '../core/settings.ts';
import type { FeedFormat } from '../feeds/feed-format.ts';
import { parseFilePattern } from '../feeds/file-pattern.ts';
import { fixedLayout } from '../feeds/fixed-layout.ts';
import { cleaned } from '../feeds/header-names.ts';
import type { Pick } from '../feeds/pick-files.ts';
import { parseTrailer } from '../feeds/trailer.ts';
import { voyagerSif } from '../feeds/voyager-sif.ts';
import type { Unfinished } from './schema-parts.ts';

const encoding = z
  .string()
  .refine(isEncoding, 'is not a known encoding; usual ones are utf-8, windows-1252, iso-8859-1, utf-16le');

/** Blanks around a name do not count, as in a line of names. */
const columnName = z
  .string()
  .min(1)
  .refine((name) => cleaned(name) !== '', 'is a column name without a visible character');

/** How a feed is written. */
export const formatSchema = z
  .strictObject({
    delimiter: z
      .string()
      .min(1)
      .max(5)
      .optional()
      .describe('What separates the fields: a character, several, or `tab`. Default `,`.'),
    quote: z
      .enum(['"', "'", 'none'])
      .optional()
      .describe(
        'What is put around a value that holds a delimiter or a line end: `"`, `\'` or `none`. Default `"`.',
      ),
    encoding: encoding
      .optional()
      .describe('Encoding of the text, such as `windows-1252`, `iso-8859-1` or `utf-16le`. Default `utf-8`.'),
    header: z
      .array(columnName)
      .min(1)
      .optional()
      .describe('Names of the columns, for a feed that has no line with them.'),
    header_rows: count(1, 10)
      .optional()
      .describe(
        'Rows that name the columns; the names of a column are joined from above to below. Default 1.',
      ),
    skip_lines: count(0, 1000)
      .default(0)
      .describe('Lines at the beginning that are not rows, such as a title.'),
    comment: z
      .string()
      .min(1)
      .max(10)
      .optional()
      .describe('What begins a line that is not a row, such as `#`.'),
    trailer: z
      .string()
      .optional()
      .describe(
        'The last line, with `{count}` for the number of rows or `{lines}` for that of all lines: `TRAILER|{count}`. A feed without it, or with another number, stops the run.',
      ),
    positions: z
      .record(columnName, z.string())
      .optional()
      .describe(
        'Columns of a feed of fixed widths: first and last character of each, from 1: `{ ID: 1-9, LAST: 10-39 }`.',
      ),
    layout: z
      .enum(['voyager-sif'])
      .optional()
      .describe(
        'A ready layout of fixed widths: `voyager-sif`, the Patron Standard Interface File of Voyager.',
      ),
    short_lines: z
      .enum(['reject', 'pad'])
      .optional()
      .describe(
        'What lines do that end before the last position: `reject`, or `pad` where their trailing spaces are left out. Default `reject`.',
      ),
    sheet: z
      .union([count(1, 1000), z.string().min(1)])
      .optional()
      .describe('The sheet of an Excel workbook (.xlsx): its name, or its number from 1.'),
    error_cells: z
      .enum(['reject', 'empty'])
      .optional()
      .describe(
        'What becomes of a row of a workbook with an error such as `#N/A` in a cell: `reject`, or `empty`, where the cell counts as empty. Default `reject`.',
      ),
  })
  .prefault({})
  .describe('How the files of the table are written.');

export type FormatConfig = z.output<typeof formatSchema>;

/** Which files a table is, and what becomes of them. */
export const filesShape = {
  file: z
    .string()
    .min(1)
    .regex(/^(?!\.{1,2}$)[^/\\]+$/, 'must be a file name without a folder')
    .optional()
    .describe(
      'The file, or a pattern: `*` stands for any characters, `?` for one, `{YYYYMMDD}` for a date: `PEOPLE_{YYYYMMDD}.txt`.',
    ),
  pick: z
    .enum(['one', 'newest', 'all'])
    .default('one')
    .describe(
      'Which of the files that match: the only `one`, where two are an error; the `newest`, by the date in its name or else by its time; or `all`.',
    ),
  marker: z
    .string()
    .min(1)
    .regex(/^[^/\\]+$/, 'must be a file name suffix without a folder')
    .optional()
    .describe(
      'What is added to the name of a file by a second one that says that the first is complete: `.done`.',
    ),
  max_age_hours: count(1, 100_000).optional().describe('Age above which a feed stops the run.'),
  min_size: share
    .default(0.5)
    .describe("Minimum share of the last delivery's bytes that the files must have. Less stops the run."),
  after: z
    .union([z.enum(['keep', 'delete']), z.strictObject({ move_to: z.string().regex(/^[^/\\.][^/\\]*$/) })])
    .default('keep')
    .describe(
      'What becomes of the files after the delivery: `keep`, `delete`, or `move_to: FOLDER` below their own. Never before, and never in a trial.',
    ),
  format: formatSchema,
};

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

const workbookKeys = ['sheet', 'error_cells'] as const;
const fixedKeys = ['positions', 'layout', 'short_lines'] as const;
const delimitedKeys = ['delimiter', 'quote', 'header_rows', 'header'] as const;

/** What the keys of a format say together: pairs of a key and what is wrong with it. */
export function formatProblems(format: Unfinished<FormatConfig>): [string, string][] {
  const problems: [string, string][] = [];
  const given = (keys: readonly (keyof FormatConfig)[]) => keys.filter((key) => format[key] !== undefined);
  const isWorkbook = format.sheet !== undefined;
  const isFixed = format.positions !== undefined || format.layout !== undefined;
  const unfit = isWorkbook
    ? given([...fixedKeys, 'delimiter', 'quote', 'encoding', 'comment', 'trailer'])
    : isFixed
      ? given([...delimitedKeys, ...workbookKeys])
      : given([...fixedKeys, ...workbookKeys]);
  const what = isWorkbook ? 'a workbook' : isFixed ? 'fixed widths' : 'delimited text';
  for (const key of unfit) problems.push([key, `does not apply to ${what}; remove it`]);
  if (format.positions !== undefined && format.layout !== undefined)
    problems.push(['layout', 'give either positions or a layout']);
  if (format.layout !== undefined && format.short_lines !== undefined)
    problems.push(['short_lines', 'the layout says how long its lines are; remove it']);
  if (format.positions && !fixedLayout(format.positions as Record<string, string>, 'reject'))
    problems.push(['positions', 'must be the first and last position, counted from 1, such as 1-9']);
  if (format.header !== undefined && format.header_rows !== undefined)
    problems.push([
      'header_rows',
      'a feed whose columns are named here has no header rows; count its lines in skip_lines',
    ]);
  if (format.trailer !== undefined && !parseTrailer(format.trailer))
    problems.push(['trailer', 'must contain {count} (number of rows) or {lines} (number of lines) once']);
  return problems;
}

/** The format that a configuration describes. */
export function toFormat(format: FormatConfig): FeedFormat {
  const { encoding: given = 'utf-8', skip_lines: skipLines, comment = null } = format;
  const trailer = format.trailer === undefined ? null : parseTrailer(format.trailer);
  const text = { encoding: given, skipLines, comment, trailer };
  const names = { header: format.header ?? null, headerRows: format.header_rows ?? 1 };
  if (format.sheet !== undefined) {
    const errorCells = format.error_cells ?? 'reject';
    return { kind: 'workbook', sheet: format.sheet, skipLines, errorCells, ...names };
  }
  const layout = format.positions
    ? fixedLayout(format.positions, format.short_lines ?? 'reject')
    : format.layout && voyagerSif;
  if (layout) return { kind: 'fixed', layout, ...text };
  const delimiter = /^(tab|\\t)$/i.test(format.delimiter ?? '') ? '\t' : (format.delimiter ?? ',');
  const quote = format.quote === 'none' ? null : (format.quote ?? '"');
  return { kind: 'delimited', delimiter, quote, ...names, ...text };
}

/** Which files a table is; null where the pattern cannot be read. */
export function toPick(files: {
  readonly file: string;
  readonly pick: Pick['which'];
  readonly marker?: string | undefined;
  readonly max_age_hours?: number | undefined;
}): Pick | null {
  const pattern = parseFilePattern(files.file);
  const { marker = null, max_age_hours: maxAgeHours = null } = files;
  return pattern && { pattern, which: files.pick, marker, maxAgeHours };
}
