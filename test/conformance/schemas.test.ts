import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { untilAborted } from '../../src/core/abort.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { patronInfoSchema } from '../support/patron-records.ts';
import { fileBench, httpBench, type SchemaBench } from '../support/schemas-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

// As often as in earnest, without the waits.
vi.mock(import('../../src/core/retry.ts'), async (original) => {
  const real = await original();
  return { ...real, standardRetry: { ...real.standardRetry, firstDelayMs: 1 } };
});

const benches = [
  ['schemas/file', fileBench],
  ['schemas/http', httpBench],
] as const;

const text = JSON.stringify(patronInfoSchema);

describe.each(benches)('%s', (_adapter, start) => {
  let bench: SchemaBench;

  beforeAll(async () => {
    bench = await start();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    bench.network?.heal();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SCHEMA_UNREACHABLE$/);

  it.each([
    ['as it is', text],
    ['in an envelope, as text', JSON.stringify({ data: { schema: text } })],
    ['in an envelope, as it is', JSON.stringify({ data: { schema: patronInfoSchema } })],
    ['with blanks around it', `\n ${text} \n`],
  ])('is read %s', async (_how, content) => {
    const source = bench.open(content);

    expect(await source.load(never)).toEqual(patronInfoSchema);
    await expect(source.check(never)).resolves.toMatch(/an Avro schema$/);
    expect(await source.load(never)).toEqual(patronInfoSchema);
    await source.close();
  });

  it.each([
    '',
    '<html>secret page</html>',
    '{"data":{"schema":"{"}}',
    '{"data":{"schema":null}}',
    '{}',
    'null',
    '17',
    '"hello"',
    '{"statusCode":500,"message":"secret"}',
    '{"type":"record","name":"X","fields":[{"name":"a","type":"nonsense"}]}',
  ])('is refused when it is %j', async (content) => {
    const source = bench.open(content);

    for (const work of [() => source.load(never), () => source.check(never)]) {
      const error = await failureOf(work(), bench.secrets);
      expect(error).toMatchObject({ code: 'SCHEMA_UNFIT', kind: 'config' });
    }
    await source.close();
  });

  it('is asked for again when the answer was cut off, but not forever', async ({ skip }) => {
    if (!bench.network) return skip('there is no connection');
    bench.network.cut(2);
    expect(await bench.open().load(never)).toEqual(patronInfoSchema);
    bench.network.cut(Number.POSITIVE_INFINITY);

    const source = bench.open();
    for (const work of [() => source.load(never), () => source.check(never)]) {
      const error = await failureOf(work(), bench.secrets);
      expect(error).toMatchObject({ code: 'SCHEMA_UNREACHABLE', kind: 'transient' });
    }
  });

  it('is not waited for when the run is told to stop, before and in the middle', async ({ skip }) => {
    const { network } = bench;
    const stopped = AbortSignal.abort();
    const source = bench.open();
    // As a pipeline asks: what the adapter does with the signal is its own matter.
    await expect(untilAborted(stopped, source.load(stopped))).rejects.toMatchObject({ name: 'AbortError' });
    if (!network) return skip('there is no connection');

    await leavingNothing(async () => {
      const stopping = new AbortController();
      network.heal();
      network.fallSilent();
      const loading = source.load(stopping.signal);
      loading.catch(() => {});
      await vi.waitUntil(() => network.asked() > 0, 10_000);
      stopping.abort();
      await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
      network.heal();
      expect(await source.load(never)).toEqual(patronInfoSchema);
      await source.close();
    });
  });

  it('leaves nothing behind when it is closed', async () => {
    await leavingNothing(async () => {
      const source = bench.open();
      await source.load(never);
      await source.close();
      await source.close();
    });
  });
});
