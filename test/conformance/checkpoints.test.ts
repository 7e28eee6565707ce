import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilAborted } from '../../src/core/abort.ts';
import type { Checkpoint } from '../../src/core/ports.ts';
import { type CheckpointBench, fileBench, s3Bench, sftpBench } from '../support/checkpoints-benches.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['checkpoints/file', fileBench],
  ['checkpoints/s3', s3Bench],
  ['checkpoints/sftp', sftpBench],
] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: CheckpointBench;
  let checkpoint: Checkpoint<unknown>;
  let documents = 0;
  let path: string;
  const opened: Checkpoint<unknown>[] = [];

  const open = () => {
    const made = bench.open(path);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    documents += 1;
    path = `ledgers/${documents}/ledger.json`;
    checkpoint = open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    bench.heal();
    for (const made of opened.splice(0)) await made.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^STORE_(UNREACHABLE|BUSY)$/);

  it('refuses by its check a place that it may read and not write, and leaves nothing there', async () => {
    const closed = await bench.mayOnlyRead();
    const before = await bench.traces();
    for (const adapter of closed) {
      expect(await failureOf(adapter.check(never), bench.secrets)).toMatchObject({ code: 'STORE_FORBIDDEN' });
      await adapter.close();
    }
    expect(await bench.traces()).toEqual(before);
  });

  it('is null before it was ever saved', async () => {
    expect(await checkpoint.load(never)).toBeNull();
    await expect(checkpoint.check(never)).resolves.toBe('none yet; the first run makes it');
  });

  it('comes back as it was saved', async () => {
    const document = { version: 1, groups: { Beschäftigte: { people: 12_345, filled: { BARCODE: 0.98 } } } };

    await checkpoint.save(document);

    expect(await checkpoint.load(never)).toEqual(document);
    expect(await open().load(never)).toEqual(document);
    await expect(checkpoint.check(never)).resolves.toBe('found');
  });

  it.each([
    [{}],
    [[]],
    [{ list: Array.from({ length: 20_000 }, (_, at) => `${at} Ünïcödé 李 🙂 \u2028"\\`) }],
  ])('may be small or large (%#)', async (document) => {
    await checkpoint.save(document);

    expect(await open().load(never)).toEqual(document);
  });

  it('is replaced as a whole by a shorter one', async () => {
    await checkpoint.save({ people: 1, padding: 'x'.repeat(10_000) });
    await checkpoint.save({ people: 2 });

    expect(await checkpoint.load(never)).toEqual({ people: 2 });
  });

  it('is the old one or the new one to a reader while it is saved', async () => {
    const reader = open();
    const document = (number: number) => ({ number, padding: 'x'.repeat((number % 5) * 40_000) });
    const seen: unknown[] = [];
    let isSaving = true;
    await checkpoint.save(document(0));
    const saving = (async () => {
      for (let number = 1; number <= 30; number += 1) await checkpoint.save(document(number));
    })().finally(() => {
      isSaving = false;
    });

    while (isSaving) seen.push(await reader.load(never));
    await saving;
    seen.push(await reader.load(never));

    const numbers = seen.map((found) => (found as { number: number }).number);
    expect(seen).toEqual(numbers.map(document));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(30);
  });

  it('is still the old one when saving fails half-way, and is saved by another try', async () => {
    await checkpoint.save({ people: 1 });
    await bench.interrupt(path);

    await expect(checkpoint.save({ people: 2 })).rejects.toThrow();

    expect(await checkpoint.load(never)).toEqual({ people: 1 });
  });

  it.each([' ', 'not json', '{"people": 1'])('is not guessed when it holds %j', async (text) => {
    await bench.write(path, text);

    for (const work of [() => checkpoint.load(never), () => checkpoint.check(never)]) {
      expect(await failureOf(work(), bench.secrets)).toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    }
  });

  it('is no other one when the connection is cut while it is read', async ({ skip }) => {
    const { cut } = bench;
    if (!cut) return skip('there is no connection');
    await checkpoint.save({ people: 1 });

    await leavingNothing(async () => {
      const reading = bench.open(path);
      cut();
      const error = await failureOf(reading.load(never), bench.secrets);
      expect(error).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
      expect(await reading.load(never)).toEqual({ people: 1 });
      await reading.close();
    });
  });

  it('is not looked for once a run was told to stop', async () => {
    await checkpoint.save({ people: 1 });
    const stopped = AbortSignal.abort();

    // As a pipeline asks: what the adapter does with the signal is its own matter.
    const loading = untilAborted(stopped, checkpoint.load(stopped));

    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await checkpoint.load(never)).toEqual({ people: 1 });
  });

  it('leaves nothing behind when it is closed', async () => {
    await leavingNothing(async () => {
      const used = bench.open(path);
      await used.save({ people: 1 });
      await used.load(never);
      await used.close();
    });
  });
});
