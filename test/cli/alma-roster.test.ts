import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeAlmaLibrary } from '../support/alma-library.ts';

const guard =
  'guard: { min_people: 0, max_value_loss: 1, max_code_loss: 1, max_gone: 1, max_element_change: 1, max_lost_identifiers: 1 }';
const started = ['after_delivery: start', 'jobs: [{ profile: 12 }]', 'watch_minutes: 1'];
const scheduled = ['jobs: [{ profile: 12 }]'];

/** Nights of a job that delivers changed users and leavers, and asks Alma's job what became of them. */
async function makeNights(block: readonly string[] = started) {
  const { alma, library, patronflow, configure } = await makeAlmaLibrary();
  const configureJob = (lines: readonly string[]) =>
    configure(
      lines,
      'deliver: { to: "file:./out", what: changed }',
      'roster: beside',
      'leavers: { template: leavers.xml, after_days: 1, after_runs: 1, trial_runs: 0 }',
      guard,
    );
  await writeFile(
    join(library.directory, 'leavers.xml'),
    '<user><expiry_date>{{days 0}}</expiry_date></user>',
  );
  await configureJob(block);
  await library.rows('student', [['s', 'Student', 'SB', 's@example.edu']]);
  let night = 0;
  /** A night on which the first of the staff has another name than on the night before. */
  const load = async (ids: readonly number[], command: readonly string[] = ['load']) => {
    night += 1;
    await library.rows(
      'staff',
      ids.map((id) => [
        `p${id}`,
        id === 0 ? `Name of night ${night}` : `Name ${id}`,
        `B${id}`,
        `p${id}@x.example`,
      ]),
    );
    const now = new Date(Date.UTC(2026, 0, night, 12)).toISOString();
    return patronflow([...command, '--json', '--now', now]);
  };
  const note = () => readFileSync(join(library.directory, 'out-ledger', 'ledger-alma.json'), 'utf8');
  return { alma, load, note, configure: configureJob };
}

const sendingOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).sending;

describe('a load of changed users that knows what Alma made of the last files', () => {
  it('sends changed users alone after a job that ended well, and has the job load the leavers', async () => {
    const { alma, load } = await makeNights();
    expect((await load([0, 1, 2, 3])).code).toBe(0);

    const second = await load([0, 1, 2]);

    expect(sendingOf(second)).toMatchObject({ what: 'changed', users: 1, of: 4 });
    const { jobs } = JSON.parse(second.stdout).alma;
    expect(jobs[0]).toMatchObject({ delivered: 1, counts: { updated: 1 }, difference: 0 });
    const third = await load([0, 1, 2]);
    expect(JSON.parse(third.stdout).leavers).toMatchObject({ outcome: 'sent', due: 1 });
    expect(JSON.parse(third.stdout).alma.jobs[0]).toMatchObject({
      groups: ['staff', 'leavers'],
      delivered: 2,
      counts: { updated: 2 },
      difference: 0,
    });
    expect(alma.jobs.users.size).toBe(5);
  });

  it('sends all users after a job that failed, though the files are gone, and after one that lost users', async () => {
    const { alma, load } = await makeNights();
    await load([0, 1, 2]);
    alma.jobs.manner.ending = 'COMPLETED_FAILED';
    const failed = await load([0, 1, 2]);
    expect(failed.code).toBe(4);
    expect(sendingOf(failed)).toMatchObject({ what: 'changed', users: 1 });

    alma.jobs.manner.ending = 'COMPLETED_SUCCESS';
    alma.jobs.manner.lies = { unchanged: -1 };
    const all = { what: 'all', users: 4, reason: expect.stringContaining("Alma's job failed") };
    expect(sendingOf(await load([0, 1, 2]))).toMatchObject(all);
    alma.jobs.manner.lies = {};
    expect(sendingOf(await load([0, 1, 2]))).toMatchObject(all);
    expect(sendingOf(await load([0, 1, 2]))).toMatchObject({ what: 'changed', users: 1, reason: null });
  });

  it('asks for the run of a schedule that ended since, and writes nothing down in a plan or a dry run', async () => {
    const { alma, load, note } = await makeNights(scheduled);
    await load([0, 1]);
    await alma.runSchedule('12');
    for (const run of alma.jobs.runs) {
      run.looksLeft = 0;
      run.ending = 'COMPLETED_FAILED';
    }
    const before = note();

    expect(sendingOf(await load([0, 1], ['load', '--dry-run']))).toMatchObject({ what: 'all' });
    await load([0, 1], ['plan']);

    expect(note()).toBe(before);
    expect(sendingOf(await load([0, 1]))).toMatchObject({ what: 'all' });
    expect(JSON.parse(note())).toMatchObject({ madeAt: '2026-01-04T12:00:00.000Z' });
  });

  it('goes by the files where Alma does not answer', async () => {
    const { alma, load } = await makeNights(scheduled);
    await load([0, 1]);
    await alma.runSchedule('12');
    await alma.stop();

    const { code, stdout } = await load([0, 1]);

    expect(code).toBe(0);
    expect(JSON.parse(stdout).sending).toMatchObject({ what: 'changed', users: 1 });
  });
});
