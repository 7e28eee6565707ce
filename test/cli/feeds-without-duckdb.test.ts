import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { makeFeedsJob, oneGroup } from '../support/feeds-job.ts';

/** A hook of Node.js that finds nothing of DuckDB, as after an installation without optional packages. */
const hook = `export function resolve(name, context, next) {
  if (!name.startsWith('@duckdb/')) return next(name, context);
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const preload = dataUrl(
  `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`,
);
const program = resolve(import.meta.dirname, '../../dist/bin.cjs');

it('says how DuckDB is installed where a query needs it, and does without where none does', async () => {
  const job = await makeFeedsJob();
  await job.bring('P.csv', 'PIDM,FIRST,LAST,ECLS,EXPIRES,ZIP\n900000001,Ada,Quince,STU,2027-05-31,12201\n');
  const load = () =>
    promisify(execFile)(process.execPath, ['--import', preload, program, 'load', '--json', '--out', 'out'], {
      cwd: job.directory,
    }).catch((error: { stdout: string }) => error);
  const tables = 'tables: { people: { file: P.csv, person: PIDM } }';

  await job.configure(tables, oneGroup);
  expect(JSON.parse((await load()).stdout)).toMatchObject({ outcome: 'written', tables: [{ rows: 1 }] });
  await job.configure(tables, oneGroup.replace('table: people', 'query: FROM people'));
  expect(JSON.parse((await load()).stdout).error).toMatchObject({
    code: 'STAGING_UNAVAILABLE',
    message: 'SQL over tables needs DuckDB, which is not installed.',
    hint: expect.stringContaining('npm install @duckdb/node-api'),
  });
  expect(job.files('work')).toEqual([]);
});
