import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Claimant, leaseMs, watchMs } from '../../src/core/lease.ts';
import type { Lease } from '../../src/core/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { fileBench, type LeaseBench, s3Bench, sftpBench } from '../support/leases-benches.ts';
import { never } from '../support/never.ts';
import { isNightly } from '../support/nightly.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['leases/file', fileBench],
  ['leases/s3', s3Bench],
  ['leases/sftp', sftpBench],
] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: LeaseBench;
  let name: string;
  let names = 0;
  const opened: Lease[] = [];

  /** A run on a machine of its own, unless told otherwise. */
  const claim = (who: string, more: Partial<Claimant> = {}) => {
    const lease = bench.open(name, {
      token: who,
      host: `${who}.example.edu`,
      pid: 7,
      isAlive: () => true,
      ...more,
    });
    opened.push(lease);
    return lease;
  };
  const holder = async () => JSON.parse(await bench.read(name));
  const left = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  const over = () => JSON.stringify({ token: 'old', host: 'old', pid: 1, until: left(-1) });
  const inUse = { code: 'RUN_IN_PROGRESS', kind: 'transient' };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    names += 1;
    name = `state-${names}.json.lease`;
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    for (const lease of opened.splice(0)) await lease.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^STORE_(UNREACHABLE|BUSY)$/);

  it('belongs to one run at a time', async () => {
    const [first, second] = [claim('first'), claim('second')];
    await first.acquire(never);

    const error = await failureOf(second.acquire(never));
    expect(error).toMatchObject(inUse);
    expect(error.message).toContain('process 7 on first.example.edu');
    await first.release();
    await second.acquire(never);

    expect(await holder()).toMatchObject({ token: 'second', host: 'second.example.edu', pid: 7 });
    expect(await failureOf(first.acquire(never))).toMatchObject(inUse);
  });

  it('is looked at without a change', async () => {
    const looking = claim('looking');
    expect(await looking.check(never)).toBe('free');
    expect(await bench.tracesOf(name)).toEqual([]);
    await claim('first').acquire(never);
    const before = await bench.read(name);

    expect(await looking.check(never)).toBe('held by a run');

    expect(await bench.read(name)).toBe(before);
    vi.advanceTimersByTime(leaseMs + 1);
    expect(await looking.check(never)).toBe('free');
  });

  it('ends when it is not renewed, and not before', async () => {
    const [first, second] = [claim('first'), claim('second')];
    await first.acquire(never);
    vi.advanceTimersByTime(leaseMs - 1);
    expect(await failureOf(second.acquire(never))).toMatchObject(inUse);
    vi.advanceTimersByTime(1);

    await second.acquire(never);

    expect(await failureOf(first.renew())).toMatchObject({ code: 'LEASE_LOST', kind: 'transient' });
    await first.release();
    expect(await holder()).toMatchObject({ token: 'second' });
  });

  it('goes on for as long as it is renewed', async () => {
    const [first, second] = [claim('first'), claim('second')];
    await first.acquire(never);
    for (let minute = 0; minute < 5; minute += 1) {
      vi.advanceTimersByTime(60_000);
      await first.renew();
    }

    expect(await failureOf(second.acquire(never))).toMatchObject(inUse);
    expect((await holder()).until).toBe(left(2));
  });

  it('is lost when it was taken away, and then it is not renewed', async () => {
    const first = claim('first');
    expect(await failureOf(first.renew())).toMatchObject({ code: 'LEASE_LOST' });
    await first.acquire(never);
    await bench.remove(name);

    expect(await failureOf(first.renew())).toMatchObject({ code: 'LEASE_LOST' });
    await first.release();

    expect(await bench.tracesOf(name)).toEqual([]);
  });

  describe('with a date that no right clock can have written', () => {
    const dated = (until: string) => JSON.stringify({ token: 'old', host: 'elsewhere', pid: 1, until });
    /** A watch takes a moment; all else takes its time. */
    const watchSoon = (react: () => unknown = () => {}) => {
      const { setTimeout: timeout } = globalThis;
      vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) => {
        if (ms !== watchMs) return timeout(work, ms);
        void Promise.resolve(react()).then(work);
        return timeout(() => {}, 0);
      }) as typeof setTimeout);
    };

    it.each(['9999-12-31T23:59:59.999Z', left(24 * 60), left(6)])(
      'is taken over once it was not renewed while it was watched: %s',
      async (until) => {
        await bench.write(name, dated(until));
        const said: string[] = [];
        const lease = claim('first', { warn: (message) => said.push(message) });
        expect(await lease.check(never)).toContain('takes it over unless it is renewed');
        watchSoon();

        await lease.acquire(never);

        expect(await holder()).toMatchObject({ token: 'first' });
        expect(said).toEqual([expect.stringContaining('a live run renews it')]);
      },
    );

    it('holds where it was renewed while it was watched', async () => {
      await bench.write(name, dated(left(60)));
      watchSoon(() => bench.write(name, dated(left(61))));

      const error = await failureOf(claim('first').acquire(never));

      expect(error).toMatchObject({ ...inUse, hint: expect.stringContaining('correct the clocks') });
      expect(await holder()).toMatchObject({ token: 'old' });
    });

    it('is not watched any longer once the run is told to stop', async () => {
      await bench.write(name, dated(left(60)));
      const stopping = new AbortController();
      const lease = claim('first', { warn: () => stopping.abort() });

      await expect(lease.acquire(stopping.signal)).rejects.toMatchObject({ name: 'AbortError' });
      expect(await holder()).toMatchObject({ token: 'old' });
    });

    it('is not watched where clocks may differ by so much', async () => {
      await bench.write(name, dated(left(3)));
      expect(await failureOf(claim('first').acquire(never))).toMatchObject(inUse);
    });
  });

  it('of a process that died on this machine does not block the next run', async () => {
    const here = 'here.example.edu';
    await claim('dead', { host: here, pid: 666 }).acquire(never);
    expect(await failureOf(claim('alive', { host: here }).acquire(never))).toMatchObject(inUse);
    const elsewhere = claim('elsewhere', { host: 'there.example.edu', isAlive: () => false });
    expect(await failureOf(elsewhere.acquire(never))).toMatchObject(inUse);

    await claim('next', { host: here, isAlive: (pid) => pid !== 666 }).acquire(never);

    expect(await holder()).toMatchObject({ token: 'next' });
  });

  it('of a container that was started again does not block the next run', async () => {
    await claim('before', { host: 'container', pid: 1 }).acquire(never);

    await claim('after', { host: 'container', pid: 1 }).acquire(never);

    expect(await holder()).toMatchObject({ token: 'after' });
  });

  it.each([
    '',
    ' ',
    'not json',
    '{}',
    '{"token":"old","host"',
    '[]',
    '{"token":1,"host":"h","pid":1,"until":"x"}',
  ])('does not block a run when it says %j', async (text) => {
    await bench.write(name, text);
    const lease = claim('first');
    expect(await lease.check(never)).toBe('free');

    await lease.acquire(never);

    expect(await holder()).toMatchObject({ token: 'first' });
  });

  it('does not block a run when its end cannot be read', async () => {
    await bench.write(name, JSON.stringify({ token: 'old', host: 'old', pid: 1, until: 'forever' }));

    await claim('first').acquire(never);

    expect(await holder()).toMatchObject({ token: 'first' });
  });

  it.each([
    ['a lease without a holder', () => null],
    ['a lease that is over', over],
    ['a lease that says nothing', () => ''],
  ])('is won by exactly one of many: %s', async (_what, before) => {
    const counts = new Set<number>();
    for (let round = 0; round < (isNightly ? 12 : 4); round += 1) {
      names += 1;
      name = `state-${names}.json.lease`;
      const text = before();
      if (text !== null) await bench.write(name, text);
      const tokens = Array.from({ length: 12 }, (_, index) => `run-${index}`);
      const tries = await Promise.allSettled(tokens.map((token) => claim(token).acquire(never)));

      const won = tokens.filter((_, index) => tries[index]?.status === 'fulfilled');
      counts.add(won.length);
      expect(won).toContain((await holder()).token);
      for (const lost of tries) if (lost.status === 'rejected') expect(lost.reason).toMatchObject(inUse);
    }
    expect([...counts]).toEqual([1]);
  });

  it('leaves nothing beside it', async () => {
    await bench.write(name, over());
    const lease = claim('first');
    await lease.acquire(never);
    await failureOf(claim('second').acquire(never));
    await lease.renew();
    expect(await bench.tracesOf(name)).toEqual([name]);

    await lease.release();

    expect(await bench.tracesOf(name)).toEqual([]);
    await lease.release();
  });

  it('is released by a run that never had it without harm', async () => {
    await claim('first').acquire(never);
    const second = claim('second');
    await second.release();
    await second.close();

    expect(await holder()).toMatchObject({ token: 'first' });
  });

  it('does not stay with a run that was told to stop while it took it', async () => {
    const lease = claim('first');

    // An adapter may have it by then, or not.
    const thrown = await lease.acquire(AbortSignal.abort()).catch((error: unknown) => error);
    if (thrown !== undefined) expect(thrown).toMatchObject({ name: 'AbortError' });
    await lease.release();

    await claim('second').acquire(never);
    expect(await holder()).toMatchObject({ token: 'second' });
  });

  it('is ours when only the answer was lost that said so', async ({ skip }) => {
    if (!bench.cut) return skip('there is no connection');
    const lease = claim('first');
    bench.cut();
    await lease.acquire(never);
    bench.cut();
    await lease.renew();

    expect(await holder()).toMatchObject({ token: 'first' });
    expect(await failureOf(claim('second').acquire(never))).toMatchObject(inUse);
  });

  it('leaves nothing behind when it is closed, held or released', async () => {
    await leavingNothing(async () => {
      const lease = bench.open(name);
      await lease.acquire(never);
      await lease.renew();
      await lease.close();
      await lease.release();
      await lease.close();
    });
  });
});
