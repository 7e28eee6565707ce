import { type ErrorMeaning, explained } from '../core/error-table.ts';
import { type PatronflowError, toPatronflowError } from '../core/errors.ts';

/** Where a query stands in its configuration. */
export interface QueryPlace {
  /** The line of its first line. */
  readonly line: number;
  /** The column of its first character in each line, from 1; null where the text was folded. */
  readonly column: number | null;
}

/** What DuckDB's messages begin with; its driver may have put something before that. */
const duckdb = (kinds: string) => new RegExp(`^(?:Failed to \\w+ statements: )?(${kinds}) Error`);

const onlyReads = 'A query reads the tables of the configuration, and nothing else.';

/** What fails at any time. DuckDB quotes values where it speaks of rows. */
const always: readonly ErrorMeaning[] = [
  {
    names: /^NotOneQuery$/,
    code: 'SQL_INVALID',
    message: 'The query of group {group} is not one SELECT.',
    hint: 'A group has one query without parameters, which only reads. Nothing may follow its semicolon.',
  },
  {
    names: /^RefusedCall$/,
    code: 'SQL_INVALID',
    message: 'The query of group {group} calls {message}, which queries must not call.',
    hint: onlyReads,
  },
  {
    names: /^QueryTimeout$/,
    code: 'SQL_LIMIT',
    message: 'The query of group {group} exceeded its time limit.',
    hint: 'Look for a join without a condition, or raise staging.query_timeout_seconds.',
  },
  {
    texts: duckdb('Out of Memory'),
    code: 'SQL_LIMIT',
    message: 'The query of group {group} exceeded its memory limit.',
    hint: 'Sort or join fewer columns, or raise staging.memory_mb.',
  },
  {
    texts: duckdb('Conversion|Invalid Input|Out of Range|Constraint|Mismatch Type'),
    code: 'SQL_FAILED',
    message: 'The query of group {group} cannot convert a value{at}.',
    hint: 'Use try_cast(… AS …) or try_strptime(…), which give NULL instead, and look at these rows.',
  },
];

/** What fails before a row was read. DuckDB names tables and columns then, and quotes nothing but the query. */
const beforeRows: readonly ErrorMeaning[] = [
  {
    texts: duckdb('Permission'),
    code: 'SQL_INVALID',
    message: 'The query of group {group} tries to use a file or a setting{at}.',
    hint: onlyReads,
  },
  {
    texts: duckdb('Parser|Binder|Catalog|Not implemented'),
    code: 'SQL_INVALID',
    message: 'The query of group {group} cannot be read: {said}{at}.',
    hint: 'See tables in the configuration.',
  },
];

const anyError = duckdb('[A-Z][A-Za-z ]{2,30}');

const otherwise: ErrorMeaning = {
  texts: anyError,
  code: 'SQL_FAILED',
  message: 'The query of group {group} failed (DuckDB: {kind} Error){at}.',
  hint: 'Look at the query with a smaller part of it.',
};

/**
 * Turns an error of DuckDB into ours, with the place of the query in the configuration. A value is never shown.
 * @param isRunning whether rows were being read
 */
export function sqlError(
  error: unknown,
  given: { group: string; query: string; place: QueryPlace | null; isRunning: boolean },
): PatronflowError {
  const message = error instanceof Error ? error.message : '';
  const [beginning = '', kind = ''] = anyError.exec(message) ?? [];
  const table = [...always, ...(given.isRunning ? [] : beforeRows), otherwise];
  const said = firstSentence(message.slice(`${beginning}: `.length));
  const words = { group: given.group, message, kind, said, at: placeText(message, given) };
  return explained(table, error, { words }) ?? toPatronflowError(error);
}

/** Without the names that DuckDB proposes: the first line of a file may be a person. */
function firstSentence(said: string): string {
  const [line = ''] = said.split('\n', 1);
  return line.replace(/[!.]?\s*$/, '');
}

/** ` (line 14, column 9 of the configuration)`; DuckDB points with a caret under a piece of the line. */
function placeText(message: string, { query, place, isRunning }: Parameters<typeof sqlError>[1]): string {
  const [, number = '', shown = '', caret = ''] = /LINE (\d+): ([^\n]*)\n([ ]*)\^/.exec(message) ?? [];
  if (number === '') return '';
  // While it runs, the query begins in the second line of a statement.
  const line = Number(number) - (isRunning ? 1 : 0);
  const piece = shown.replace(/^\.\.\.|\.\.\.$/g, '');
  const start = (query.split('\n')[line - 1] ?? '').indexOf(piece);
  const dots = shown.startsWith('...') ? 3 : 0;
  const column = caret.length - `LINE ${number}: `.length - dots + Math.max(start, 0) + 1;
  if (place === null || place.column === null) return ` (line ${line}, column ${column} of the query)`;
  return ` (line ${place.line + line - 1}, column ${place.column + column - 1} of the configuration)`;
}
