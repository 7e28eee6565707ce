import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { textPlaces } from '../../../src/config/text-places.ts';
import type { PatronflowError } from '../../../src/core/errors.ts';
import { sqlError } from '../../../src/staging/sql-error.ts';
import { type FilledDatabase, filledDatabase } from './databases.ts';

let filled: FilledDatabase;
beforeAll(async () => {
  filled = await filledDatabase({
    people: [
      ['ID', 'NAME', 'DAY'],
      ['1', 'Ada Lovelace', '12 HIDDEN LN'],
    ],
  });
});
afterAll(() => filled.database.close());

/** The error of a query in a configuration, when it is looked at or when it runs. */
async function errorIn(yaml: string, isRunning: boolean): Promise<PatronflowError> {
  const { query } = parse(yaml).groups[0] as { query: string };
  const asked = isRunning ? filled.ask(query) : filled.database.columnsOf(query);
  const thrown = await asked.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  const place = textPlaces(yaml)('groups.0.query');
  return sqlError(thrown, { group: 'staff', query, place, isRunning });
}

const errorOf = (query: string, isRunning: boolean) =>
  errorIn(JSON.stringify({ groups: [{ query }] }), isRunning);

/** Where a text stands in another, as an editor shows it. */
function placeIn(text: string, what: string): string {
  const before = text.slice(0, text.indexOf(what)).split('\n');
  return `(line ${before.length}, column ${(before.at(-1) ?? '').length + 1} of the configuration)`;
}

const head = 'job: load\ngroups:\n  - name: staff\n';

const written: readonly (readonly [string, string])[] = [
  ['plain, in one line', `${head}    query: SELECT NAME, XX FROM people\n`],
  ['in quotes', `${head}    query: "SELECT NAME, XX FROM people"\n`],
  ['in single quotes', `${head}    query: 'SELECT NAME, XX FROM people'\n`],
  ['in braces', 'groups: [{ name: staff, query: "SELECT NAME, XX FROM people" }]\n'],
  ['a block, in its first line', `${head}    query: |\n      SELECT NAME, XX\n      FROM people\n`],
  [
    'a block, in its third line',
    `${head}    query: |\n      SELECT NAME,\n\n        XX\n      FROM people\n`,
  ],
  [
    'a block that keeps its line ends',
    `${head}    query: |+\n      SELECT NAME,\n      XX FROM people\n\n\n`,
  ],
  ['a block behind a comment', `${head}    query: |- # people\n      SELECT NAME,\n      XX FROM people\n`],
  [
    'a block that begins with blank lines',
    `${head}    query: |\n\n\n      SELECT NAME,\n      XX FROM people\n`,
  ],
  [
    'a block with an indentation of its own',
    `${head}    query: |2\n        SELECT NAME,\n      XX FROM people\n`,
  ],
  ['a block with accents before it', `${head}    query: |\n      SELECT NAME, 'Zoë é', XX FROM people\n`],
  [
    'a block with a long line',
    `${head}    query: |\n      SELECT NAME, ${'NAME, '.repeat(40)}XX, ${'NAME, '.repeat(40)}NAME FROM people\n`,
  ],
  [
    'a block with CRLF',
    `${head}    query: |\n      SELECT NAME,\n        XX\n      FROM people\n`.replaceAll('\n', '\r\n'),
  ],
];

describe('an error in a query', () => {
  it.each(written)('is found where it stands in the configuration: %s', async (_what, yaml) => {
    const looked = yaml.replace('XX', 'NOPE');
    expect((await errorIn(looked, false)).message).toBe(
      `The query of group staff cannot be read: Referenced column "NOPE" not found in FROM clause ${placeIn(looked, 'NOPE')}.`,
    );
    const run = yaml.replace('XX', 'CAST(DAY AS DATE)');
    expect((await errorIn(run, true)).message).toBe(
      `The query of group staff cannot convert a value ${placeIn(run, 'CAST')}.`,
    );
  });

  it.each([
    ['folded', `${head}    query: >\n      SELECT NAME,\n      NOPE FROM people\n`],
    ['plain, over several lines', `${head}    query: SELECT NAME,\n      NOPE FROM people\n`],
    ['in quotes, over several lines', `${head}    query: "SELECT NAME,\n      NOPE FROM people"\n`],
    [
      'in quotes, with signs that are written otherwise',
      `${head}    query: "SELECT NAME,\\n NOPE FROM people"\n`,
    ],
    ['in single quotes, with doubled ones', `${head}    query: 'SELECT ''a'', NOPE FROM people'\n`],
  ])('is found in the query, where YAML has joined its lines: %s', async (_what, yaml) => {
    const { message } = await errorIn(yaml, false);
    expect(message).toMatch(/\(line \d, column \d+ of the query\)\.$/);
  });

  it.each([
    'SELECT NAM FROM people',
    'SELECT people.NAM FROM people',
    'SELECT * FROM peopel',
    'SELECT nofunction(NAME) FROM people',
    'SELECT NAME FROM people GROUP BY ID',
    'SELECT ID FROM people a JOIN people b ON a.ID = b.ID',
    'SELECT * FROM people a JOIN people b USING (NOPE)',
    'SELECT ID FROM people UNION SELECT ID, NAME FROM people',
    'SELECT substr(NAME) FROM people',
    'SELEC 1',
  ])('says what is wrong, and proposes no name: %s', async (query) => {
    const { code, message, hint } = await errorOf(query, false);
    expect(code).toBe('SQL_INVALID');
    expect(message).toMatch(/^The query of group staff cannot be read: \S.*[^.]\.$/);
    expect(`${message} ${hint}`).not.toMatch(/Candidate|Did you mean|"DAY"/);
  });

  it.each([
    ['a second statement', 'SELECT 1; SELECT 2', 'SQL_INVALID', 'is not one SELECT'],
    ['a file', "SELECT * FROM '/etc/people.csv'", 'SQL_INVALID', 'tries to use a file or a setting'],
    ['a function that reads files', "FROM read_text('/etc/passwd')", 'SQL_INVALID', 'calls read_text'],
  ])('that is %s has a message of its own', async (_what, query, code, what) => {
    expect(await errorOf(query, false)).toMatchObject({ code, message: expect.stringContaining(what) });
  });
});

describe('an error of a value', () => {
  it.each([
    'SELECT NAME::INTEGER FROM people',
    'SELECT DAY::DATE FROM people',
    'SELECT DAY::TIMESTAMPTZ FROM people',
    "SELECT NAME::ENUM('x', 'y') FROM people",
    'SELECT NAME::DECIMAL(3, 1) FROM people',
    'SELECT NAME::BOOLEAN FROM people',
    'SELECT NAME::UUID FROM people',
    'SELECT NAME::INTERVAL FROM people',
    'SELECT NAME::BIT FROM people',
    'SELECT NAME::INTEGER[] FROM people',
    'SELECT NAME::STRUCT(a INTEGER) FROM people',
    'SELECT NAME::JSON FROM people',
    "SELECT strptime(NAME, '%Y') FROM people",
    "SELECT strptime('2026', NAME) FROM people",
    "SELECT strftime(DATE '2026-01-01', NAME || '%') FROM people",
    "SELECT date_trunc(NAME, DATE '2026-01-01') FROM people",
    "SELECT date_part(NAME, DATE '2026-01-01') FROM people",
    'SELECT error(NAME) FROM people',
    "SELECT regexp_matches(ID, NAME || '(') FROM people",
    "SELECT format(NAME || '{:d}', NAME) FROM people",
    "SELECT printf(NAME || '%d', NAME) FROM people",
    'SELECT from_base64(NAME) FROM people',
    'SELECT unhex(NAME) FROM people',
    "SELECT json_extract(NAME, '$.x') FROM people",
    'SELECT map([NAME, NAME], [1, 2]) FROM people',
    'SELECT (ID || NAME)::TINYINT FROM people',
    'SELECT timezone(NAME, now()) FROM people',
    'SELECT (SELECT NAME FROM people UNION ALL SELECT NAME FROM people)',
    'SELECT 9223372036854775807 + length(NAME)',
    'SELECT 9223372036854775807 + length(NAME) FROM people',
  ])('never shows it: %s', async (query) => {
    const { code, message, hint } = await errorOf(query, true);
    expect(code).toMatch(/^SQL_(FAILED|INVALID)$/);
    expect(`${message} ${hint}`).not.toMatch(/Ada|Lovelace|HIDDEN|9223372036854775807/);
    expect(hint).not.toBe('');
  });
});
