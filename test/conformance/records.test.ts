import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { toPatronflowError } from '../../src/core/errors.ts';
import type { PatronInfo, RecordSink } from '../../src/poll/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { encoded, patronInfo, records } from '../support/patron-records.ts';
import {
  avroBench,
  jsonLinesBench,
  kinesisBench,
  postgresBench,
  type RecordsBench,
  writeTo,
} from '../support/records-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

// As often as in earnest, without the waits.
vi.mock(import('../../src/core/retry.ts'), async (original) => {
  const real = await original();
  return { ...real, persistentRetry: { ...real.persistentRetry, firstDelayMs: 1 } };
});

const benches = [
  ['records/kinesis', () => kinesisBench('h2c')],
  ['records/kinesis over HTTP/1.1', () => kinesisBench('http1')],
  ['records/avro', avroBench],
  ['records/jsonl', jsonLinesBench],
  ['records/postgres', postgresBench],
] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: RecordsBench;
  let sink: RecordSink;
  let places = 0;
  let place: string;

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    places += 1;
    place = `place_${places}`;
    sink = bench.open(place);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await sink.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^RECORDS_(UNREACHABLE|BUSY)$/);

  const numberOf = ({ patron_id }: PatronInfo) => Number(patron_id.split('-')[1]);
  const inOrder = (infos: readonly PatronInfo[]) => [...infos].sort((a, b) => numberOf(a) - numberOf(b));

  it('arrive unchanged with any content', async () => {
    const infos = [
      patronInfo(1),
      patronInfo(2, { address_hash: null, postal_code: null, geoid: null, ptype_code: null, pcode3: null }),
      patronInfo(3, { creation_date_et: null, circ_active_date_et: null, deletion_date_et: '2026-02-03' }),
      patronInfo(4, { postal_code: '', geoid: '01001020100', pcode3: 0, ptype_code: -1 }),
      patronInfo(5, { patron_home_library_code: `'"\\\n,é李🙂`, initial_patron_home_library_code: null }),
    ];

    await writeTo(sink, infos.map(encoded));

    expect(inOrder(await bench.read(place))).toEqual(infos);
  });

  it('arrive ten thousand at a time, each once', async () => {
    const many = records(10_000);

    await writeTo(sink, many);

    expect(inOrder(await bench.read(place))).toEqual(many.map(({ info }) => info));
  });

  it('arrive batch after batch, the last of a patron last', async () => {
    await writeTo(sink, records(700));
    await writeTo(sink, records(700, 501, { postal_code: '10002' }));
    await writeTo(sink, records(10, 1, { postal_code: '10003' }));

    const last = new Map((await bench.read(place)).map((info) => [info.patron_id, info.postal_code]));
    const codes = [...last.values()];
    expect(last.size).toBe(1200);
    expect(codes.filter((code) => code === '10001')).toHaveLength(490);
    expect(codes.filter((code) => code === '10002')).toHaveLength(700);
    expect(codes.filter((code) => code === '10003')).toHaveLength(10);
  });

  it('may be written again', async () => {
    await writeTo(sink, records(3));
    await writeTo(sink, records(3));

    const seen = await bench.read(place);
    expect(new Set(seen.map(({ patron_id }) => patron_id)).size).toBe(3);
  });

  it('of a second run come behind those of the first', async () => {
    await writeTo(sink, records(2));
    await sink.close();
    const second = bench.open(place);
    await writeTo(second, records(2, 3));
    await second.close();

    expect(inOrder(await bench.read(place)).map(numberOf)).toEqual([1, 2, 3, 4]);
  });

  it('leave no trace when there are none', async () => {
    await writeTo(sink, records(1));
    const before = [await bench.read(place), await bench.traces()];

    await writeTo(sink, []);

    expect([await bench.read(place), await bench.traces()]).toEqual(before);
  });

  it('are looked after without a change, before the first and after', async () => {
    const before = await bench.traces();
    expect(await sink.check(never)).not.toBe('');
    await sink.close();
    expect(await bench.traces()).toEqual(before);
    await sink.close();
    const second = bench.open(place);
    await writeTo(second, records(1));

    expect(await second.check(never)).not.toBe('');
    await writeTo(second, records(1, 2));
    await second.close();
    expect(inOrder(await bench.read(place)).map(numberOf)).toEqual([1, 2]);
  });

  it('do not come of opening a sink, which tells before them that the place is not as it should be', async () => {
    await writeTo(sink, records(1));
    const before = [await bench.read(place), await bench.traces()];
    const second = bench.open(place);
    await second.open(true, never);
    await second.open(false, never);
    await second.close();
    expect([await bench.read(place), await bench.traces()]).toEqual(before);

    for (const { what, adapter } of await bench.broken()) {
      for (const isDryRun of [true, false]) {
        const error = await failureOf(adapter.open(isDryRun, never), bench.secrets);
        expect(error, what).toMatchObject({ code: 'RECORDS_REFUSED' });
      }
      await adapter.close();
    }
  });

  it('are refused where the place is not as it should be, and no value is told', async () => {
    const broken = await bench.broken();
    const traces = await bench.traces();
    const named = { patron_id: 'secret-id', address_hash: 'secret-hash', postal_code: '99secret' };

    for (const { adapter } of broken) {
      for (const work of [() => adapter.check(never), () => writeTo(adapter, records(3, 1, named))]) {
        const error = await failureOf(work(), bench.secrets);
        expect(error).toMatchObject({ code: 'RECORDS_REFUSED', kind: 'config' });
      }
      await adapter.close();
    }

    expect(await bench.traces()).toEqual(traces);
  });

  it('are lost by no connection that is cut', async ({ skip }) => {
    if (!bench.cutDuring) return skip('there is no connection');
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await writeTo(sink, records(1));
    const many = records(2_500, 2);

    await bench.cutDuring(place, async () => {
      const error = await sink.write(many).catch(toPatronflowError);
      // A sink tries again by itself. Where that was not enough it says so, and the same records are written again.
      if (error) expect(error.kind).toBe('transient');
      if (error) await sink.write(many);
    });

    const seen = new Set((await bench.read(place)).map(numberOf));
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 2_501 }, (_, at) => at + 1));
  });

  it('leave a sink that keeps nothing when it is closed, even after a failure', async () => {
    const [broken] = await bench.broken();
    await leavingNothing(async () => {
      const second = bench.open(place);
      await writeTo(second, records(1));
      await second.close();
      await second.close();
      if (broken) await failureOf(writeTo(broken.adapter, records(1)));
      await broken?.adapter.close();
    });
  });
});
