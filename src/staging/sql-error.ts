import { PatronflowError, toPatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { NotOneQuery, QueryTimeout, RefusedCall } from './database.ts';

/** Where a query stands in its configuration. */
export interface QueryPlace {
  /** The line of its first line. */
  readonly line: number;
  /** The column of its first character in each line, from 1; null where the text was folded. */
  readonly column: number | null;
}

/** What DuckDB says before a row was read: it names tables and columns, and quotes nothing but the query. */
const told = /^(Parser|Binder|Catalog|Permission|Not implemented) Error: (.*)/s;

/** What DuckDB says of rows, with their values. */
const untold = /^(Conversion|Invalid Input|Out of Range|Constraint|Mismatch Type) Error/;

/**
 * Turns an error of DuckDB into ours, with the place of the query in the configuration. A value is never shown.
 * @param isRunning whether rows were being read
 */
export function sqlError(
  error: unknown,
  {
    group,
    query,
    place,
    isRunning,
  }: { group: string; query: string; place: QueryPlace | null; isRunning: boolean },
): PatronflowError {
  if (error instanceof PatronflowError) return error;
  const fail = (code: 'SQL_INVALID' | 'SQL_FAILED' | 'SQL_LIMIT', what: string, hint: string, at = '') =>
    new PatronflowError(code, `The query of group ${group} ${what}${at}.`, { hint, cause: error });
  if (error instanceof NotOneQuery)
    return fail(
      'SQL_INVALID',
      'is not one SELECT',
      'A group has one query without parameters, which only reads. Nothing stands behind its semicolon.',
    );
  if (error instanceof RefusedCall)
    return fail(
      'SQL_INVALID',
      `calls ${error.message}, which no query may`,
      'A query reads the tables of the configuration, and nothing else.',
    );
  if (error instanceof QueryTimeout)
    return fail(
      'SQL_LIMIT',
      'ran for longer than it may',
      'Look for a join without a condition, or raise staging.query_timeout_seconds.',
    );
  const message = error instanceof Error ? error.message.replace(/^Failed to \w+ statements: /, '') : '';
  const at = placeText(message, query, place, isRunning);
  if (/^Out of Memory Error/.test(message))
    return fail(
      'SQL_LIMIT',
      'needs more memory than it may have',
      'Sort or join fewer columns, or raise staging.memory_mb.',
    );
  if (untold.test(message))
    return fail(
      'SQL_FAILED',
      'cannot convert a value',
      'Use try_cast(… AS …) or try_strptime(…), which give NULL instead, and look at these rows.',
      at,
    );
  const [, kind = '', said = ''] = told.exec(message) ?? [];
  if (kind === '' || isRunning) {
    const name = /^([A-Z][A-Za-z ]{2,30}) Error/.exec(message)?.[1];
    if (!name) return toPatronflowError(error);
    return fail(
      'SQL_FAILED',
      `failed (DuckDB: ${name} Error)`,
      'Look at the query with a smaller part of it.',
      at,
    );
  }
  if (kind === 'Permission')
    return fail(
      'SQL_INVALID',
      'reaches for a file or a setting',
      'A query reads the tables of the configuration, and nothing else.',
      at,
    );
  return fail(
    'SQL_INVALID',
    `cannot be read: ${firstSentence(said)}`,
    'See tables in the configuration.',
    at,
  );
}

/** Without the names that DuckDB proposes: the first line of a file may be a person. */
function firstSentence(said: string): string {
  const [line = ''] = said.split('\n', 1);
  return safeText(line.replace(/[!.]?\s*$/, ''));
}

/** ` (line 14, column 9 of the configuration)`; DuckDB points with a caret under a piece of the line. */
function placeText(message: string, query: string, place: QueryPlace | null, isRunning: boolean): string {
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
