import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sqlColumns } from '../../../src/staging/sql-columns.ts';
import { filledDatabase, texts } from './databases.ts';

it.each([
  [
    ['ID', 'NAME'],
    ['ID', 'NAME'],
  ],
  [
    ['ID', 'id', 'Id'],
    ['ID_1', 'id_2', 'Id_3'],
  ],
  [
    ['', 'A', ''],
    ['column_1', 'A', 'column_3'],
  ],
  [
    ['A', 'A', 'A_1'],
    ['A_1_', 'A_2', 'A_1'],
  ],
  [
    ['', 'column_1'],
    ['column_1_', 'column_1'],
  ],
  [
    ['É', 'é'],
    ['É_1', 'é_2'],
  ],
  [
    ['_file', '_line', '_file', '_line'],
    ['_file_1', '_line_1', '_file_2', '_line_2'],
  ],
])('names each column once: %j', (names, columns) => {
  expect(sqlColumns(names)).toEqual(columns);
});

it('gives names that DuckDB takes for different ones, in any table', async () => {
  const unit = fc.constantFrom(
    'a',
    'A',
    'é',
    'É',
    'ß',
    'SS',
    'İ',
    'i',
    'K',
    'k',
    '_',
    '1',
    '"',
    "'",
    ' ',
    ';',
  );
  const names = fc.array(fc.string({ unit, maxLength: 3 }), { minLength: 1, maxLength: 12 });
  const { database } = await filledDatabase({});
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(names, async (found) => {
      const columns = sqlColumns(found);
      expect(new Set(columns).size).toBe(found.length);
      tables += 1;
      await database.createTable(`table ${tables}`, texts(columns));
      expect(await database.columnsOf(`SELECT * FROM "table ${tables}"`)).toEqual(columns);
    }),
    { numRuns: 200 },
  );
  database.close();
});
