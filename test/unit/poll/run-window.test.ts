import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { leaseMs, renewalMs } from '../../../src/core/lease.ts';
import type { Lease } from '../../../src/core/ports.ts';
import { createEncoder } from '../../../src/poll/encode-patron-info.ts';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import type { PollJob, PollPorts } from '../../../src/poll/job.ts';
import { runPoll } from '../../../src/poll/run.ts';
import { type MemorySierra, memorySierra, sierraPatron } from '../support/memory-sierra.ts';
import { pollBench } from '../support/poll-bench.ts';
import {
  each,
  memoryCheckpoint,
  memoryGeocoder,
  memoryLog,
  memorySink,
  memoryWarehouse,
  pollJob,
  pollPorts,
  schema,
} from '../support/poll-ports.ts';

const patrons = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    sierraPatron(index + 1, {
      addresses: [{ street: `${index} ST`, city: 'X', region: 'NY', postalCode: '1' }],
    }),
  );
const one = { modes: ['new'] as const, pageSize: each(1) };
const run = (ports: Partial<PollPorts>, job: Partial<PollJob> = {}, signal = new AbortController().signal) =>
  runPoll(pollJob(job), pollPorts(ports), signal);

const settled = async () => {
  for (let turns = 0; turns < 20; turns += 1) await turn();
};

describe('patrons that Sierra has no time of', () => {
  it('are counted in every report, and told of when there are more or fewer', async () => {
    const { run, source } = pollBench([sierraPatron(1)]);
    source.withoutDates = async () => 3;
    const first = await run();
    expect(first).toMatchObject({
      withoutDates: 3,
      warnings: [expect.anything(), expect.stringMatching(/^3 patrons have neither/)],
    });
    source.patrons.set('2', sierraPatron(2, { createdAt: '2026-01-07 12:00:00.000000' }));
    expect(await run()).toMatchObject({ withoutDates: 3, warnings: [] });
    source.withoutDates = async () => 4;
    expect((await run()).warnings).toEqual([expect.stringMatching(/^4 patrons/)]);
  });
});

describe('a checkpoint', () => {
  it('that cannot be read stops the run before it begins', async () => {
    const source = memorySierra(patrons(2));
    const report = await run({ source, checkpoint: memoryCheckpoint({ creation_dt: 1 }) });
    expect(report.error).toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    expect(source.pages).toEqual([]);
  });

  it('that is missing is warned of', async () => {
    const { log, lines } = memoryLog();
    const report = await run({ checkpoint: memoryCheckpoint(), log });
    const warning = 'There is no checkpoint at checkpoint: this run starts from the configured times.';
    expect(report.warnings).toEqual([warning]);
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([warning]);
  });

  it('is saved again when the store was busy, without sending again', async () => {
    const [sink, checkpoint] = [memorySink(), memoryCheckpoint()];
    checkpoint.before = (call) => {
      if (call === 1) throw new PatronflowError('STORE_BUSY', 'Busy.');
    };
    const report = await run({ source: memorySierra(patrons(1)), sinks: [sink], checkpoint }, one);
    expect(report.outcome).toBe('sent');
    expect([sink.batches.length, checkpoint.saved.length]).toEqual([1, 1]);
  });

  it('remembers what went out as new for a run that died before it came to the updated ones', async () => {
    const [sink, checkpoint] = [memorySink(), memoryCheckpoint()];
    const source = memorySierra(patrons(3));
    const died = await run({ source, sinks: [sink], checkpoint }, { modes: ['new'] });
    expect(died.outcome).toBe('sent');
    const next = await run({ source, sinks: [sink], checkpoint });
    expect(next.modes.map(({ books, sentAsNew }) => [books.written, sentAsNew])).toEqual([
      [0, 0],
      [0, 3],
      [0, 0],
    ]);
    expect(checkpoint.document).toMatchObject({ sent_as_new: [] });
  });
});

describe('the window of a run', () => {
  const late = sierraPatron(1, { createdAt: '2026-03-01 11:50:00.000000' });
  const windowOf = async (clock: string, job: Partial<PollJob> = {}) => {
    const source: MemorySierra = memorySierra([late], new Date(clock));
    const report = await run({ source }, { modes: ['new'], ...job });
    return { before: report.modes[0]?.before, warnings: report.warnings };
  };

  it.each([
    ['with ours', '2026-03-01T12:00:00Z', '2026-03-01 11:59:00.000000', []],
    ['when it is a little ahead', '2026-03-01T12:00:30Z', '2026-03-01 11:59:30.000000', []],
    ['when it is a little behind', '2026-03-01T11:59:30Z', '2026-03-01 11:58:30.000000', []],
    [
      'when it is far behind, with a warning',
      '2026-03-01T11:45:00Z',
      '2026-03-01 11:44:00.000000',
      ['The clocks of this machine and of sierra differ by 900 s.'],
    ],
    [
      'when it is far ahead, with a warning',
      '2026-03-01T12:01:01Z',
      '2026-03-01 12:00:00.000000',
      ['The clocks of this machine and of sierra differ by 61 s.'],
    ],
  ])(
    "ends at our time, but not before all is settled by the server's clock, %s",
    async (_, clock, before, warnings) => {
      expect(await windowOf(clock)).toEqual({ before, warnings });
    },
  );

  it.each([
    ['long ago', '2026-04-01T12:00:00Z', '2026-03-01 12:00:00.000000'],
    ['to come', '2026-02-01T12:00:00Z', '2026-02-01 11:59:00.000000'],
  ])('of a replay at a time %s ends there, or where all is settled', async (_, clock, before) => {
    expect(await windowOf(clock, { isReplay: true })).toEqual({ before, warnings: [] });
  });

  it('may end before the cursor, and then nothing is read', async () => {
    const source = memorySierra([late]);
    const checkpoint = memoryCheckpoint({
      creation_dt: '2026-03-01T11:59:00+00:00',
      update_dt: '2026-03-02T00:00:00+00:00',
      deletion_date: '2026-03-01',
    });
    const report = await run({ source, checkpoint });
    expect(report.modes.map(({ isComplete, books }) => [isComplete, books.read])).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(source.pages).toEqual([]);
  });
});

describe('what deserves a look', () => {
  it('is told: fields that are not sent, tracts that are missing, unknown libraries', async () => {
    const outage = new PatronflowError('GEOCODER_UNAVAILABLE', 'Down.');
    const geocoder = memoryGeocoder(() => ({ status: 'error', geoid: null }), { outage });
    const shorter = structuredClone(schema) as { fields: { name: string }[] };
    shorter.fields = shorter.fields.filter(({ name }) => name !== 'geoid');
    const report = await run(
      {
        source: memorySierra(patrons(2).map((patron) => ({ ...patron, createdAt: null }))),
        cascade: new GeocodingCascade([{ geocoder, forms: ['as_written'] }]),
        encoder: createEncoder(shorter, 'x'),
        warehouse: memoryWarehouse(),
      },
      { onOutage: 'send' },
    );
    expect(report.warnings).toEqual([
      'The Avro schema lacks geoid; these fields are not sent.',
      'updated: 2 records have no tract because the geocoder failed.',
      'updated: no first home library is known for 2 of the patrons.',
    ]);
    expect(report.attempts).toMatchObject([{ asked: 2, error: 2 }]);
  });
});

describe('a lease that was lost', () => {
  it('keeps the checkpoint from being saved over what the other run has saved', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    try {
      const lease: Lease = {
        ...memorySink('lease'),
        lastsMs: leaseMs,
        acquire: async () => {},
        renew: async () => {
          throw new PatronflowError('LEASE_LOST', 'Lost.');
        },
        release: async () => {},
      };
      const [sink, checkpoint] = [memorySink(), memoryCheckpoint()];
      // Suspended while it sends: the clock goes on, the timers do not.
      sink.after = () => void vi.setSystemTime(Date.now() + 10 * leaseMs);
      const report = await run({ source: memorySierra(patrons(2)), sinks: [sink], checkpoint, lease });
      expect(report.error).toMatchObject({ code: 'LEASE_LOST' });
      expect([sink.batches.length, checkpoint.saved.length]).toEqual([1, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends the run with that error, even while it waits to try again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const lease: Lease = {
        ...memorySink('lease'),
        lastsMs: leaseMs,
        acquire: async () => {},
        renew: async () => {
          throw new PatronflowError('LEASE_LOST', 'Lost.');
        },
        release: async () => {},
      };
      const source = memorySierra(patrons(2));
      source.onPage = () => {
        throw new PatronflowError('SOURCE_LOST', 'Gone.');
      };
      const waits = { attempts: 2, firstDelayMs: 60_000, kinds: ['transient'] } as const;
      const ending = run({ source, lease }, { persistentRetry: waits });
      await settled();
      vi.advanceTimersByTime(renewalMs);
      expect(await ending).toMatchObject({ outcome: 'failed', error: { code: 'LEASE_LOST' } });
    } finally {
      vi.useRealTimers();
    }
  });
});
