import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFolderObjects } from '../../src/adapters/objects/folder.ts';
import { createCsvRows } from '../../src/adapters/rows/csv.ts';
import { wireJob } from '../../src/cli/wire-load.ts';
import { loadSchema } from '../../src/config/load-schema.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { FileReading } from '../../src/feeds/table-rows.ts';
import type { RowSource } from '../../src/load/ports.ts';
import { runLoad } from '../../src/load/run.ts';
import { WorkFolder } from '../../src/load/work-folder.ts';
import { makeLibrary } from '../support/library.ts';
import { never } from '../support/never.ts';
import { mayMount } from '../support/small-disk.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A source whose books of lines are not what was read. */
function miscounting(source: RowSource, change: (file: FileReading) => Partial<FileReading>): RowSource {
  return {
    ...source,
    async *rows(relation, signal) {
      for await (const batch of source.rows(relation, signal)) {
        const { file } = batch;
        yield file ? { ...batch, file: { ...file, ...change(file) } } : batch;
      }
    },
  };
}

/** A job with one group, that delivers to a folder. */
async function makeJob() {
  const library = await makeLibrary();
  const config = readConfig(
    loadSchema,
    {
      name: 'patronflow.yaml',
      directory: library.directory,
      yaml: [
        'job: load',
        'source: { url: "csv:./data" }',
        'groups: [{ name: staff, person: login, template: person.xml }]',
        'required: [primary_id]',
        'deliver: { to: "file:./out" }',
      ].join('\n'),
    },
    { environment: {}, workingDirectory: library.directory },
  );
  const job = await wireJob(config, { now: new Date(), dryRun: false, acceptDrop: false });
  const own = { pid: process.pid, space: 'here', uid: process.geteuid?.() ?? null, isAlive: () => true };
  const store = createFolderObjects({ directory: join(library.directory, 'out') });
  const ports = {
    source: createCsvRows({ directory: join(library.directory, 'data') }),
    store,
    storeOf: () => store,
    ledger: null,
    lease: null,
    roster: null,
    makeWork: () => WorkFolder.make(join(library.directory, 'work'), own),
    log: quiet,
  };
  return { job, ports };
}

it.each<[string, ((file: FileReading) => Partial<FileReading>) | null]>([
  ['delivers when they balance', null],
  ['ends as a bug when a line is in no count', ({ lines }) => ({ lines: lines + 1 })],
  ['ends as a bug when a row is in no count', ({ records }) => ({ records: records + 1 })],
])('a run, whose lines are counted twice, %s', async (_what, change) => {
  const { job, ports } = await makeJob();
  const source = change ? miscounting(ports.source, change) : ports.source;

  const report = await runLoad(job, { ...ports, source }, never);

  expect(report.outcome).toBe(change ? 'failed' : 'written');
  expect(report.error?.code).toBe(change ? 'BOOKS_UNBALANCED' : undefined);
  expect(report.receipts).toHaveLength(change ? 0 : 1);
});

it.runIf(mayMount)('a run whose work folder cannot be removed has delivered, and says so', async () => {
  const { job, ports } = await makeJob();
  let path = '';
  const makeWork = async () => {
    const work = await ports.makeWork();
    path = work.path;
    const disk = join(path, 'disk');
    await mkdir(disk);
    // A folder on which something is mounted stays.
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', [disk]));
    return work;
  };

  const report = await runLoad(job, { ...ports, makeWork }, never);

  expect([report.outcome, report.error]).toEqual(['written', null]);
  expect(report.warnings.join()).toContain(`remove it with: rm -r '${path}'`);
});
