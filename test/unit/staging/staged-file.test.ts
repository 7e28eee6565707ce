import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StagedFile } from '../../../src/staging/staged-file.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { readRows, writeRows } from './databases.ts';

it('gives back any rows as they were written, in a file for its user alone', async () => {
  const directory = await temporaryDirectory();
  const unit = fc.constantFrom('a', ',', '"', '\n', '\r', '\u0000', '\ufeff', '\u001a', ' ', 'é', '😀', '\\');
  const value = fc.string({ unit, maxLength: 6 });
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(value, { minLength: 2, maxLength: 3 })), async (rows) => {
      files += 1;
      const path = join(directory, `${files}.csv`);
      await writeRows(path, rows);
      expect(await readRows(path)).toEqual(rows);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }),
    { numRuns: 60 },
  );
});

it('refuses a row that DuckDB could not read back, and names its table', async () => {
  const file = new StagedFile(join(await temporaryDirectory(), 'rows.csv'), 'people');
  file.write(['x'.repeat(4_000_000), 'é']);
  const work = Promise.resolve().then(() => file.write(['é'.repeat(2_200_000)]));
  const error = await failureOf(work);
  expect(error).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: 'The table people has a row of more than 4 MiB.',
  });
  file.abandon();
});

it('does not write over a file that is there', async () => {
  const path = join(await temporaryDirectory(), 'rows.csv');
  await writeRows(path, [['1']]);
  await expect(writeRows(path, [['2']])).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readRows(path)).toEqual([['1']]);
});
