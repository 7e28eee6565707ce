import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import type { PollJob, PollPorts } from '../../../src/poll/job.ts';
import { runPoll } from '../../../src/poll/run.ts';
import { memorySierra, sierraPatron } from '../support/memory-sierra.ts';
import {
  each,
  memoryCheckpoint,
  memoryGeocoder,
  memorySink,
  plainObfuscator,
  pollJob,
  pollPorts,
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

/** An obfuscator whose lists end when the test says so; a list is an address's or an id's. */
function slowObfuscator() {
  const plain = plainObfuscator();
  const open: { texts: readonly string[]; end: () => void }[] = [];
  return {
    open,
    covers: () => true,
    obfuscate: async (texts: readonly string[], signal: AbortSignal) => {
      // The text for the fingerprint of the key is of no patron.
      if (/^\d/.test(texts[0] ?? '')) await new Promise<void>((end) => open.push({ texts, end }));
      return plain.obfuscate(texts, signal);
    },
    /** Ends all lists that are of a patron. */
    finish: async (id: number) => {
      for (const list of open.filter(({ texts }) => /^\d+/.exec(texts[0] ?? '')?.[0] === String(id))) {
        open.splice(open.indexOf(list), 1);
        list.end();
      }
      for (let turns = 0; turns < 20; turns += 1) await turn();
    },
  };
}

const settled = async () => {
  for (let turns = 0; turns < 20; turns += 1) await turn();
};

describe('batches', () => {
  it('are made two at a time, no more, and sent and saved in order though the later one is made first', async () => {
    const source = memorySierra(patrons(4));
    const [sink, checkpoint, obfuscator] = [memorySink(), memoryCheckpoint(), slowObfuscator()];
    const ending = run({ source, sinks: [sink], checkpoint, obfuscator }, one);
    const state = () => ({
      inTheMaking: new Set(obfuscator.open.map(({ texts }) => Number.parseInt(texts[0] ?? '', 10))),
      pages: source.pages.length,
      sent: sink.batches.length,
      saved: checkpoint.saved.length,
    });
    await settled();
    expect(state()).toEqual({ inTheMaking: new Set([1, 2]), pages: 2, sent: 0, saved: 0 });
    await obfuscator.finish(2);
    expect(state()).toEqual({ inTheMaking: new Set([1]), pages: 2, sent: 0, saved: 0 });
    await obfuscator.finish(1);
    // The second had only waited for its turn; then there was room for two again.
    expect(state()).toEqual({ inTheMaking: new Set([3, 4]), pages: 4, sent: 2, saved: 2 });
    await obfuscator.finish(4);
    await obfuscator.finish(3);
    expect((await ending).outcome).toBe('sent');
  });

  it('are hashed while the one before is geocoded', async () => {
    const geocoder = memoryGeocoder();
    const waiting: (() => void)[] = [];
    const slow = {
      ...geocoder,
      geocode: async (addresses: Parameters<typeof geocoder.geocode>[0], signal: AbortSignal) => {
        await new Promise<void>((end) => waiting.push(end));
        return geocoder.geocode(addresses, signal);
      },
    };
    const hashed: string[] = [];
    const plain = plainObfuscator();
    const ending = run(
      {
        source: memorySierra(patrons(2)),
        cascade: new GeocodingCascade([{ geocoder: slow, forms: ['as_written'] }]),
        obfuscator: {
          covers: () => true,
          obfuscate: async (texts, signal) => {
            hashed.push(...texts);
            return plain.obfuscate(texts, signal);
          },
        },
      },
      one,
    );
    await settled();
    expect(hashed).toHaveLength(4);
    expect(geocoder.calls).toEqual([]);
    while (waiting.length > 0) {
      waiting.shift()?.();
      await settled();
    }
    expect((await ending).outcome).toBe('sent');
  });

  it('behind one that fails are given up, and no further page is read', async () => {
    const source = memorySierra(patrons(9));
    const [sink, checkpoint] = [memorySink(), memoryCheckpoint()];
    const plain = plainObfuscator();
    let behind: AbortSignal | undefined;
    const obfuscator = {
      covers: () => true,
      obfuscate: async (texts: readonly string[], signal: AbortSignal) => {
        if (texts[0] === '2') throw new PatronflowError('GEOCODER_REFUSED', 'No.');
        if (texts[0] === '3') behind = signal;
        return plain.obfuscate(texts, signal);
      },
    };
    const report = await run({ source, sinks: [sink], checkpoint, obfuscator }, one);
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'GEOCODER_REFUSED' } });
    expect([sink.batches.length, checkpoint.saved.length, source.pages.length]).toEqual([1, 1, 3]);
    expect(behind?.aborted).toBe(true);
  });
});

describe('a run that is told to stop', () => {
  it('sends and saves the batch that it is sending, and no other', async () => {
    const stop = new AbortController();
    const [sink, checkpoint] = [memorySink(), memoryCheckpoint()];
    sink.before = (call) => {
      if (call === 2) stop.abort();
    };
    const source = memorySierra(patrons(9));
    const report = await run({ source, sinks: [sink], checkpoint }, one, stop.signal);
    expect(report).toMatchObject({ outcome: 'stopped', error: { code: 'STOPPED' } });
    expect(report.modes).toMatchObject([{ books: { written: 2 }, isComplete: false }]);
    expect([sink.batches.length, checkpoint.saved.length]).toEqual([2, 2]);
  });

  it('does not send the last batch either, though it is made', async () => {
    const stop = new AbortController();
    const sink = memorySink();
    sink.before = () => stop.abort();
    const ports = { source: memorySierra(patrons(3)), sinks: [sink], checkpoint: memoryCheckpoint() };
    const report = await run(ports, { ...one, pageSize: each(2) }, stop.signal);
    expect(report.outcome).toBe('stopped');
    expect(sink.batches).toHaveLength(1);
  });

  it('does nothing when it was told so before', async () => {
    const sink = memorySink();
    const report = await run({ source: memorySierra(patrons(2)), sinks: [sink] }, {}, AbortSignal.abort());
    expect(report.outcome).toBe('stopped');
    expect(sink.batches).toEqual([]);
  });
});
