import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFileCheckpoint } from '../../../src/adapters/checkpoints/file.ts';
import { createFolderObjects } from '../../../src/adapters/objects/folder.ts';
import { PatronflowError } from '../../../src/core/errors.ts';
import { leaseMs, leaseRanOut } from '../../../src/core/lease.ts';
import type { Lease } from '../../../src/core/ports.ts';
import type { LoadGroup, LoadJob, LoadPorts } from '../../../src/load/job.ts';
import { loadOnly } from '../../../src/load/load-only.ts';
import { LookupTables } from '../../../src/load/lookup-tables.ts';
import type { RowSource } from '../../../src/load/ports.ts';
import { runLoad } from '../../../src/load/run.ts';
import type { WorkFolder } from '../../../src/load/work-folder.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { never } from '../../support/never.ts';
import { memoryLog } from '../support/poll-ports.ts';
import { around, compile } from '../support/templates.ts';

const guard = {
  ...{ min_people: 0.8, max_value_loss: 0.2, max_code_loss: 0.5, max_newly_expired: 0.05 },
  unchanged: 'warn',
} as const;
const template = compile(around('<last_name>{{NAME}}</last_name>'));
const group = (name: string): LoadGroup => ({
  ...{ name, person: 'ID', template, guard, inputs: {}, rules: [] },
  relation: { group: name, table: name },
});
const policy = { attempts: 1, firstDelayMs: 1, kinds: ['transient'] } as const;

/** Tables in memory; a group that they lack is one that the database lacks. Writes down what is asked of it. */
function memorySource(tables: Readonly<Record<string, number>>, asked: string[]): RowSource {
  return {
    name: 'memory',
    check: async () => '',
    close: async () => {},
    async columns({ group }) {
      asked.push(`columns of ${group}`);
      if (tables[group] === undefined) throw new PatronflowError('SOURCE_QUERY', `There is no ${group}.`);
      return ['ID', 'NAME'];
    },
    async *rows({ group }) {
      asked.push(`rows of ${group}`);
      const people = Array.from({ length: tables[group] ?? 0 }, (_, id) => [`${group}${id}`, 'Name']);
      yield { rows: people };
    },
  };
}

/** Runs a job on one day of March after the other, into one folder. */
async function makeRuns(load = runLoad) {
  const directory = await temporaryDirectory();
  const [store, work, ledger] = ['store', 'work', 'ledger.json'].map((name) => join(directory, name));
  await mkdir(store ?? '');
  await mkdir(work ?? '');
  let day = 0;
  const run = async (
    tables: Readonly<Record<string, number>>,
    more: { job?: Partial<LoadJob>; ports?: Partial<LoadPorts>; signal?: AbortSignal } = {},
  ) => {
    day += 1;
    const asked: string[] = [];
    const now = new Date(Date.UTC(2026, 2, day, 12));
    const job: LoadJob = {
      ...{ title: 'Load', now, groups: [group('staff'), group('student')], values: 'trim', root: 'users' },
      ...{ fileLimits: { brokenRecords: 5, brokenLines: 0.001 }, repeatedKeys: {}, afterReject: 'stay_out' },
      ...{ tableLimits: { minSize: {}, maxLeftOut: 1 }, roster: null },
      ...{ leavers: null, what: 'all', allEveryDays: 7, ignoredAlone: new Set<string>() },
      ...{ lookups: new LookupTables(new Map()), usersPerFile: 1000, replace: 'own', showsRowKeys: false },
      ...{ retry: policy, swapRetry: policy, dryRun: false, acceptDrop: false },
      ...more.job,
    };
    const folder = createFolderObjects({ directory: store ?? '' });
    const ports: LoadPorts = {
      source: memorySource(tables, asked),
      store: folder,
      storeOf: () => folder,
      roster: null,
      ledger: createFileCheckpoint({ path: ledger ?? '' }),
      lease: null,
      // All that a run asks of its folder.
      makeWork: async () =>
        ({ path: work, keep: async () => work, remove: async () => {} }) as unknown as WorkFolder,
      log: memoryLog().log,
      ...more.ports,
    };
    const report = await load(job, ports, more.signal ?? never);
    return { report, asked, delivered: (await readdir(store ?? '')).sort() };
  };
  return run;
}

const heldLease: Lease = {
  name: 'ledger.lease',
  lastsMs: leaseMs,
  check: async () => '',
  close: async () => {},
  acquire: async () => {},
  renew: async () => {},
  release: async () => {},
};

afterEach(() => {
  vi.restoreAllMocks();
});

const filesOf = (day: number) => ['staff', 'student'].map((name) => `${name}_2026-03-0${day}_12.00.00.zip`);

describe('a run of a load', () => {
  it('finds the columns of all groups before it reads a row of any, and delivers', async () => {
    const run = await makeRuns();
    const { report, asked, delivered } = await run({ staff: 10, student: 20 });

    expect(asked).toEqual(['columns of staff', 'columns of student', 'rows of staff', 'rows of student']);
    expect(delivered).toEqual(filesOf(1));
    expect(report).toMatchObject({ outcome: 'delivered', error: null });
    expect(report.groups.map(({ books }) => books.written)).toEqual([10, 20]);
  });

  it('reports what ends it instead of throwing, and then has changed nothing', async () => {
    const run = await makeRuns();
    await run({ staff: 10, student: 20 });

    const missing = await run({ staff: 10 });
    expect(missing.report).toMatchObject({ outcome: 'failed', error: { code: 'SOURCE_QUERY' } });
    expect(missing.asked).not.toContain('rows of staff');
    const fewer = await run({ staff: 10, student: 10 });
    expect(fewer.report).toMatchObject({ outcome: 'held', error: { code: 'GUARD_STOPPED' } });
    const stopped = await run({ staff: 10, student: 20 }, { signal: AbortSignal.abort() });
    expect(stopped.report).toMatchObject({ outcome: 'stopped', error: { code: 'STOPPED' } });
    for (const { delivered } of [missing, fewer, stopped]) expect(delivered).toEqual(filesOf(1));
  });

  it('holds its lease until it has delivered, and delivers nothing where another run holds it', async () => {
    const run = await makeRuns();
    const released: string[] = [];
    const lease: Lease = { ...heldLease, release: async () => void released.push('ledger.lease') };
    const ran = await run({ staff: 10, student: 20 }, { ports: { lease } });
    expect(ran.delivered).toEqual(filesOf(1));
    expect(released).toEqual(['ledger.lease']);
    const taken = new PatronflowError('RUN_IN_PROGRESS', 'Another run is under way.');
    const refused = await run(
      { staff: 11, student: 21 },
      { ports: { lease: { ...lease, acquire: async () => Promise.reject(taken) } } },
    );
    expect(refused.report).toMatchObject({
      outcome: 'failed',
      error: { message: 'Another run is under way.' },
    });
    expect([refused.asked, refused.delivered]).toEqual([[], filesOf(1)]);
  });

  it.each([
    ['all people', runLoad],
    ['some people alone', loadOnly],
  ])('delivers nothing of %s where it was suspended until its lease had run out', async (_, load) => {
    const run = await makeRuns(load);
    const { now } = Date;
    const columns = async () => {
      vi.spyOn(Date, 'now').mockImplementation(() => now() + leaseMs);
      return ['ID', 'NAME'];
    };
    const source = { ...memorySource({ staff: 10, student: 20 }, []), columns };
    const lease = { ...heldLease, renew: async () => Promise.reject(leaseRanOut('ledger.lease')) };
    const { report, delivered } = await run({}, { ports: { lease, source } });
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'LEASE_LOST' } });
    expect(delivered).toEqual([]);
  });

  it('reads the groups before the ones that are asked for, and delivers only these', async () => {
    const run = await makeRuns();
    const last = await run({ staff: 10, student: 20 }, { job: { onlyGroups: ['student'] } });
    expect(last.asked).toContain('rows of staff');
    expect(last.delivered).toEqual([filesOf(1)[1]]);

    const first = await run({ staff: 10, student: 20 }, { job: { onlyGroups: ['staff'] } });
    expect(first.asked).not.toContain('rows of student');
    expect(first.delivered).toEqual([filesOf(2)[0], filesOf(1)[1]].sort());
  });

  it('takes no lease and changes nothing in a dry run', async () => {
    const run = await makeRuns();
    const lease = { acquire: async () => Promise.reject(new Error('taken')) } as unknown as Lease;
    const { report, delivered } = await run(
      { staff: 3, student: 2 },
      { job: { dryRun: true }, ports: { lease } },
    );

    expect(report).toMatchObject({ outcome: 'dry_run', error: null });
    expect(delivered).toEqual([]);
  });
});

it.each([
  ['of a load', runLoad],
  ['of some people alone', loadOnly],
])(
  'a work folder %s that cannot be removed is a warning, since the files are delivered',
  async (_what, load) => {
    const run = await makeRuns(load);
    const work = await temporaryDirectory();
    const makeWork = async () =>
      ({
        path: work,
        keep: async () => work,
        remove: () => Promise.reject(new Error('resource busy')),
      }) as unknown as WorkFolder;

    const { report } = await run({ staff: 3, student: 2 }, { ports: { makeWork } });

    expect([report.outcome, report.error]).toEqual(['delivered', null]);
    expect(report.warnings.join()).toContain(`remove it with: rm -r '${work}'`);
  },
);
