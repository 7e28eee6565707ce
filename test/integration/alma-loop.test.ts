import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRestAlma } from '../../src/adapters/alma/rest.ts';
import { type AlmaServer, startAlmaServer } from '../../src/demo/alma-server.ts';
import { askAlma } from '../../src/load/sis-job/ask-alma.ts';
import { parseNote } from '../../src/load/sis-job/delivery-note.ts';
import { followDelivery, noteDelivery } from '../../src/load/sis-job/follow-delivery.ts';
import { needsLook } from '../../src/load/sis-job/sis-report.ts';
import type { SisSettings } from '../../src/load/sis-job/sis-settings.ts';
import { almaLines } from '../../src/report/alma-result.ts';
import { temporaryDirectory } from '../support/command.ts';
import { never } from '../support/never.ts';
import { zipOfUsers } from '../support/user-zip.ts';

const key = 'l7xx-alma-key-4711';
const madeAt = '2026-03-01T12:00:00.000Z';

/** What is written down of a delivery, in memory. */
function memory() {
  let kept: unknown = null;
  return {
    name: 'the note',
    load: async () => kept,
    save: async (document: unknown) => {
      kept = JSON.parse(JSON.stringify(document));
    },
    check: async () => '',
    close: async () => {},
  };
}

describe('following a delivery into Alma', () => {
  let alma: AlmaServer;
  let folder: string;
  let other: string;
  const told: string[] = [];
  const log = {
    debug: () => {},
    info: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(text),
    error: (text: string) => void told.push(text),
  };

  const settings = (more: Partial<SisSettings> = {}): SisSettings => ({
    after: 'start',
    jobs: [{ profile: '12', name: null, groups: ['staff', 'student'] }],
    limitMs: 3000,
    counters: {},
    showsIds: false,
    environment: null,
    pace: { firstMs: 5, maxMs: 20 },
    ...more,
  });

  const ids = (count: number) => Array.from({ length: count }, (_, index) => `P${index}`);

  /** Delivers users and follows them. */
  const follow = async ({
    more = {},
    users = ids(10),
    place = memory(),
    signal = never,
    after = async () => {},
  }: {
    more?: Partial<SisSettings>;
    users?: readonly string[];
    place?: ReturnType<typeof memory>;
    signal?: AbortSignal;
    after?: () => Promise<unknown>;
  } = {}) => {
    await writeFile(join(folder, 'staff.zip'), await zipOfUsers(users));
    const service = createRestAlma(
      { url: alma.url, key, requestsPerSecond: 1000, leastCallsLeft: 10, timeoutMs: 200, firstWaitMs: 10 },
      log,
    );
    const base = { alma: service, settings: settings(more), place, log, signal };
    const groups = [{ name: 'staff', users: users.length }];
    const note = await noteDelivery(base, { madeAt, at: new Date(), groups });
    await after();
    const report = await followDelivery({ ...base, note });
    expect(JSON.stringify([report, told])).not.toContain(key);
    return { report, base, place, job: report.jobs[0] };
  };

  beforeEach(async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const directory = await temporaryDirectory();
    [folder, other] = [join(directory, 'out'), join(directory, 'students')];
    await mkdir(folder);
    await mkdir(other);
    alma = await startAlmaServer({
      key,
      profiles: [
        { id: '12', name: 'Patrons', folder },
        { id: '34', name: 'Students', folder: other },
      ],
    });
    onTestFinished(() => alma.stop());
    told.length = 0;
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('counts who is new, changed, the same and refused, and all are accounted for', async () => {
    await follow();
    alma.jobs.manner.rejects = { P1: 'Mandatory field is missing: User identifier value' };
    alma.jobs.users.set('P2', 'another');

    const { report, job } = await follow({ users: ids(12) });

    expect(job).toMatchObject({
      result: 'taken',
      status: 'COMPLETED_SUCCESS',
      startedBy: 'patronflow',
      delivered: 12,
      counts: { processed: 12, created: 2, updated: 1, unchanged: 8, rejected: 1 },
      difference: 0,
      reasons: [{ reason: 'a mandatory field is missing: User identifier value', users: 1, ids: [] }],
    });
    expect(needsLook(report)).toBe(true);
    expect(JSON.stringify(report)).not.toMatch(/"P1"/);
  });

  it.each(['fields', 'sentences'] as const)(
    'names rejected users by their ids where it may, in answers of %s',
    async (events) => {
      alma.jobs.manner.events = events;
      alma.jobs.manner.rejects = Object.fromEntries(ids(150).map((id) => [id, 'User is not external']));

      const { job } = await follow({ users: ids(160), more: { showsIds: true } });

      expect(job?.reasons).toHaveLength(1);
      expect(job?.reasons[0]).toMatchObject({ users: 150 });
      expect(job?.reasons[0]?.ids).toHaveLength(100);
      expect(job?.reasons[0]?.ids[0]).toBe('P0');
      expect(job?.reasonsMissing).toBe(0);
    },
  );

  it('shows no reason that may name a person, and one that many share', async () => {
    alma.jobs.manner.rejects = {
      P0: 'Jane Roe is on the list of the registrar',
      ...Object.fromEntries(
        ids(15)
          .slice(3)
          .map((id) => [id, 'The record is on the list of the registrar']),
      ),
    };

    const { job } = await follow({ users: ids(20) });

    expect(job?.reasons.map(({ reason, users }) => [users, reason])).toEqual([
      [12, 'The record is on the list of the registrar'],
      [1, 'a reason that may name people; see the report of the job in Alma'],
    ]);
  });

  it('says what is missing when the counters do not account for all', async () => {
    alma.jobs.manner.lies = { created: -3 };

    const { report, job } = await follow();

    expect(job).toMatchObject({ result: 'taken', difference: -3 });
    expect(needsLook(report)).toBe(true);
    expect(almaLines(report).join('\n')).toContain(
      "3 users of the delivery missing in Alma's counters. Compare the report of the job in Alma.",
    );
  });

  it('shows counters in another language as they are, and takes their codes from the configuration', async () => {
    alma.jobs.manner.labels = 'de';

    const first = await follow();
    const counters = {
      processed: 'c.users.0',
      created: 'c.users.1',
      updated: 'c.users.2',
      unchanged: 'c.users.3',
      rejected: 'c.users.4',
    };
    const second = await follow({ more: { counters } });

    expect(first.job).toMatchObject({ result: 'taken', difference: null, counts: { created: null } });
    expect(first.job?.otherCounters).toContainEqual({ label: 'Neu angelegt', value: 10 });
    expect(first.job?.warnings.join()).toContain('alma.counters');
    expect(second.job).toMatchObject({ difference: 0, counts: { unchanged: 10, rejected: 0 } });
  });

  it.each([
    ['FAILED', 'failed', 'One invalid file ends the entire job.'],
    ['COMPLETED_FAILED', 'failed', 'with the status "failed"'],
    ['MANUAL_HANDLING_REQUIRED', 'failed', 'waits for approval'],
    ['SYSTEM_ABORTED', 'failed', 'Alma aborted its job'],
    ['USER_ABORTED', 'failed', 'A person aborted'],
    ['SKIPPED', 'failed', 'skipped the run'],
    ['COMPLETED_WARNING', 'taken', ''],
  ])('tells how a job ended: %s', async (ending, result, words) => {
    alma.jobs.manner.ending = ending;

    const { report, job } = await follow();

    expect(job).toMatchObject({ result, status: ending });
    expect(job?.why).toContain(words);
    expect(needsLook(report)).toBe(result === 'failed');
  });

  it('says that the job found nothing when its folder is another', async () => {
    const { job } = await follow({ more: { jobs: [{ profile: '34', name: null, groups: ['staff'] }] } });

    expect(job).toMatchObject({ result: 'failed', status: 'COMPLETED_NO_BULKS' });
    expect(job?.why).toContain('Compare the folder of the profile');
  });

  it('takes a status that it does not know for a job that goes on, and ends at the limit', async () => {
    alma.jobs.manner.ending = 'PONDERING';

    const { report, job } = await follow({ more: { limitMs: 100 } });

    expect(job).toMatchObject({ result: 'unknown', status: 'PONDERING' });
    expect(job?.why).toContain('To check again: `patronflow alma watch`');
    expect(told.filter((text) => text.includes('unknown status'))).toHaveLength(1);
    expect(needsLook(report)).toBe(true);
  });

  it('waits no longer than the limit for a job that never ends', async () => {
    alma.jobs.manner.looks = Infinity;

    const { job } = await follow({ more: { limitMs: 100 } });

    expect(job).toMatchObject({ result: 'unknown', status: 'RUNNING' });
    expect(job?.why).toContain('has not ended');
  });

  it('starts the second job only when the first has ended', async () => {
    await writeFile(join(other, 'student.zip'), await zipOfUsers(['S1']));
    const jobs = [
      { profile: null, name: 'patrons', groups: ['staff'] },
      { profile: null, name: 'Users SYNCHRONIZE using profile Students', groups: ['student'] },
    ];
    await writeFile(join(folder, 'staff.zip'), await zipOfUsers(ids(3)));
    const service = createRestAlma(
      { url: alma.url, key, requestsPerSecond: 1000, leastCallsLeft: 10, timeoutMs: 200, firstWaitMs: 10 },
      log,
    );
    alma.jobs.manner.looks = 3;
    const base = { alma: service, settings: settings({ jobs }), place: memory(), log, signal: never };
    const groups = [
      { name: 'staff', users: 3 },
      { name: 'student', users: 1 },
    ];
    const note = await noteDelivery(base, { madeAt, at: new Date(), groups });

    const report = await followDelivery({ ...base, note });

    expect(report.jobs.map(({ groups, result }) => [groups, result])).toEqual([
      [['staff'], 'taken'],
      [['student'], 'taken'],
    ]);
    const [first, second] = alma.requests.flatMap((each, at) =>
      each.startsWith('POST /conf/jobs') ? [at] : [],
    );
    const looks = alma.requests.slice(first, second).filter((each) => each.includes('/instances/'));
    expect(looks.length).toBeGreaterThanOrEqual(3);

    alma.jobs.manner.looks = Infinity;
    const hanging = { ...base, settings: settings({ jobs, limitMs: 60 }), place: memory() };
    const again = await noteDelivery(hanging, { madeAt, at: new Date(), groups });
    const stuck = await followDelivery({ ...hanging, note: again });
    expect(stuck.jobs.map(({ result }) => result)).toEqual(['unknown', 'unknown']);
    expect(stuck.jobs[1]?.why).toContain('only one job may run at a time');
    expect(alma.requests.filter((each) => each.startsWith('POST /conf/jobs'))).toHaveLength(3);
  });

  describe('never starts a job twice', () => {
    const starts = () => alma.requests.filter((each) => each.startsWith('POST /conf/jobs/')).length;

    it.each(['silent', 'cut', 'gateway 503', 'html 200', 'nothing', 'gateway xml'] as const)(
      'when the start took effect and its answer was lost: %s',
      async (fault) => {
        alma.fail('POST /conf/jobs/', fault, { takesEffect: true });

        const { job } = await follow();

        expect(job).toMatchObject({ result: 'taken', difference: 0, startedBy: 'patronflow' });
        expect([starts(), alma.jobs.runs.length]).toEqual([1, 1]);
      },
    );

    it('but asks again when the start was lost and no run shows', async () => {
      alma.fail('POST /conf/jobs/', 'cut');

      const { job } = await follow();

      expect(job).toMatchObject({ result: 'taken', difference: 0 });
      expect([starts(), alma.jobs.runs.length]).toEqual([2, 1]);
    });

    it('and says so when Alma stays unclear', async () => {
      alma.fail('POST /conf/jobs/', 'cut', { times: 9 });

      const { job } = await follow();

      expect(job).toMatchObject({ result: 'unknown' });
      expect(job?.why).toContain('did not say whether it started the job');
      expect([starts(), alma.jobs.runs.length]).toEqual([3, 0]);
    });

    it('when a run of the schedule has begun after the delivery', async () => {
      alma.jobs.manner.looks = 3;

      const { job } = await follow({ after: () => alma.runSchedule('12') });

      expect(job).toMatchObject({ result: 'taken', startedBy: 'schedule', difference: 0 });
      expect(alma.jobs.runs).toHaveLength(1);
    });
  });

  it('waits for a run from before the delivery, which has not read the files, and starts its own', async () => {
    alma.jobs.manner.looks = 4;
    await alma.runSchedule('12');

    const { job } = await follow();

    expect(job).toMatchObject({ result: 'taken', startedBy: 'patronflow', difference: 0 });
    expect(alma.jobs.runs).toHaveLength(2);
    expect(job?.instance).toBe(alma.jobs.runs[1]?.id);
  });

  it.each([
    ['402222', 'three jobs that programs started are running'],
    ['402223', 'three jobs that programs started are running'],
    ['402248', 'does not let programs start this job'],
    ['402249', 'does not let programs start this job'],
    ['402216', 'no longer has this job'],
    ['499999', 'error 499999'],
  ])('says why Alma does not start the job: %s', async (code, words) => {
    alma.refusesStartBy = code;

    const { job } = await follow();

    expect(job).toMatchObject({ result: 'unknown', instance: '' });
    expect(job?.why).toContain(words);
  });

  it('says that a run before the delivery does not end', async () => {
    alma.jobs.manner.looks = Infinity;
    await alma.runSchedule('12');

    const { job } = await follow({ more: { limitMs: 80 } });

    expect(job?.why).toContain('a run from before the delivery had not ended');
  });

  it('says that the key has no right to start', async () => {
    alma.mayWrite = false;

    const { job } = await follow();

    expect(job?.result).toBe('unknown');
    expect(job?.why).toContain('the key lacks a permission');
  });

  it('stops asking at the daily limit, and at the floor of the configuration', async () => {
    alma.fail('GET /conf/jobs/S712/instances/', 'daily limit');
    const limited = await follow();
    expect(limited.job?.why).toContain('accepts no more calls from this institution today (daily limit)');

    alma.callsLeft = 12;
    const asked = alma.requests.length;
    const floored = await follow();
    expect(floored.job?.why).toContain('reserves these for other programs');
    expect(alma.requests.length - asked).toBeLessThanOrEqual(3);
  });

  it('starts nothing in an Alma of another environment', async () => {
    const { job } = await follow({ more: { environment: 'production' } });

    expect(job?.why).toContain('an Alma that calls itself sandbox, and the job is for production');
    expect(alma.jobs.runs).toEqual([]);
  });

  it('has words for a profile that is not there', async () => {
    const named = await follow({ more: { jobs: [{ profile: null, name: 'Patron', groups: ['staff'] }] } });
    expect(named.job?.why).toContain('has no scheduled job "Patron", did you mean "Patrons"?');

    const byId = await follow({ more: { jobs: [{ profile: '99', name: null, groups: ['staff'] }] } });
    expect(byId.job?.why).toContain('has no scheduled job of profile 99');
  });

  it('outlasts an Alma that is out of order while it watches', async () => {
    alma.jobs.manner.looks = 3;
    // More often than one question is asked again.
    alma.fail('GET /conf/jobs/S712/instances/', 'gateway 503', { times: 4 });
    alma.fail('GET /conf/jobs/S712/instances/', 'as xml', { times: 1 });

    const { job } = await follow({ more: { limitMs: 20_000 } });

    expect(job).toMatchObject({ result: 'taken', difference: 0 });
  }, 20_000);

  it('leaves the delivery alone when it is stopped, and finds the same run again', async () => {
    alma.jobs.manner.looks = 40;
    const stop = new AbortController();
    const place = memory();
    setTimeout(() => stop.abort(), 150);

    const { job, base } = await follow({ place, signal: stop.signal });

    expect(job).toMatchObject({ result: 'unknown' });
    expect(job?.why).toContain(
      'The files are delivered; `patronflow alma watch` reports what Alma did with them.',
    );
    const note = parseNote(await place.load(), 'the note');
    if (!note) throw new Error('no note');
    const watching = { ...base, settings: settings({ after: 'find' }), note, signal: never };
    const [after] = (await followDelivery(watching)).jobs;
    expect(after).toMatchObject({ result: 'taken', instance: job?.instance, difference: 0 });
    expect(alma.jobs.runs).toHaveLength(1);
  });

  it('finds the run that a schedule starts after the delivery, and none of before', async () => {
    await alma.runSchedule('12');

    const { job } = await follow({
      more: { after: 'find' },
      after: async () => void setTimeout(() => void alma.runSchedule('12'), 50),
    });

    expect(job).toMatchObject({ result: 'taken', startedBy: 'schedule', delivered: 10, difference: 0 });
    expect(job?.instance).toBe(alma.jobs.runs[1]?.id);
  });

  it('says that no schedule has started the job', async () => {
    const { job } = await follow({ more: { after: 'find', limitMs: 50 } });

    expect(job?.why).toContain('No run of the job has started since the delivery');
  });

  it('finds the run by its time where Alma could not be asked at the delivery', async () => {
    alma.fail('GET /conf/jobs', 'no right');

    const { job, place } = await follow({
      more: { after: 'find' },
      after: async () => void setTimeout(() => void alma.runSchedule('12'), 20),
    });

    expect(parseNote(await place.load(), '')?.jobs[0]).toMatchObject({ before: null, result: 'taken' });
    expect(job).toMatchObject({ result: 'taken', difference: 0 });
  });

  it('tells the next run what became of each group, with one look and without waiting', async () => {
    const { base, place } = await follow({ more: { after: 'find', limitMs: 30 } });
    const ask = async () => {
      const note = parseNote(await place.load(), '');
      if (!note) throw new Error('no note');
      return askAlma({ ...base, settings: settings(), note });
    };
    expect(await ask()).toEqual({});
    expect(alma.jobs.runs).toEqual([]);

    await alma.runSchedule('12');
    if (alma.jobs.runs[0]) alma.jobs.runs[0].looksLeft = 0;
    expect(await ask()).toEqual({ staff: 'taken' });

    const asked = alma.requests.length;
    expect(await ask()).toEqual({ staff: 'taken' });
    expect(alma.requests.length).toBe(asked);
  });

  it('hides the key where Alma itself quotes it', async () => {
    alma.jobs.manner.rejects = { P1: `Not allowed by ${key} here` };

    const { job } = await follow({ more: { showsIds: true } });

    expect(job?.reasons[0]?.reason).toContain('Not allowed by *** here');
  });

  it('keeps no ids in the note', async () => {
    alma.jobs.manner.rejects = { P7: 'User is not external' };

    const { place } = await follow({ more: { showsIds: true } });

    expect(JSON.stringify(await place.load())).not.toContain('P7');
  });
});
