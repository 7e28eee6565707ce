import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PatronInfo, Warehouse } from '../../src/poll/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { patronInfo } from '../support/patron-records.ts';
import { postgresBench, type WarehouseBench } from '../support/warehouse-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [['warehouse/postgres', postgresBench]] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: WarehouseBench;
  let warehouse: Warehouse;

  const failure = (work: Promise<unknown>) => failureOf(work, [...bench.secrets, 'patron-1', 'address-1']);
  /** All that can be asked, about patron-1 and address-1. */
  const questions = (asked: Warehouse, signal = never): (() => Promise<ReadonlyMap<string, unknown>>)[] => [
    () => asked.byAddressHash(['address-1'], signal),
    () => asked.byPatronId(['patron-1'], signal),
  ];

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    await bench.empty();
    warehouse = bench.open();
  });
  afterEach(() => warehouse.close());
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SOURCE_(UNREACHABLE|LOST)$/);

  describe('what the warehouse knows', () => {
    it('is found by address and by patron, and nothing else is', async () => {
      await bench.put([
        patronInfo(1, { address_hash: 'hash-1' }),
        patronInfo(2, { address_hash: 'hash-2', geoid: null, initial_patron_home_library_code: null }),
        patronInfo(3, { address_hash: null }),
      ]);

      expect([...(await warehouse.byAddressHash(['hash-2', 'hash-1', 'hash-9'], never))].sort()).toEqual([
        ['hash-1', { patronId: 'patron-1', geoid: '36061000100', initialHomeLibrary: 'ml' }],
        ['hash-2', { patronId: 'patron-2', geoid: null, initialHomeLibrary: null }],
      ]);
      expect(await warehouse.byPatronId(['patron-3', 'patron-9'], never)).toEqual(
        new Map([['patron-3', patronInfo(3, { address_hash: null })]]),
      );
    });

    it('is counted in all, a patron with several rows once', async () => {
      await bench.put([patronInfo(1), patronInfo(1, { deletion_date_et: '2026-01-08' }), patronInfo(2)]);
      expect(await warehouse.countPatrons(never)).toBe(2);
    });

    it('is counted by day, a patron with several rows once', async () => {
      await bench.put([
        patronInfo(1, { creation_date_et: '2026-01-05' }),
        patronInfo(1, { creation_date_et: '2026-01-05', deletion_date_et: '2026-01-08' }),
        patronInfo(2, { creation_date_et: '2026-01-05' }),
        patronInfo(3, { creation_date_et: '2026-01-06', deletion_date_et: '2026-01-08' }),
        patronInfo(4, { creation_date_et: '2026-01-07' }),
      ]);
      const counts = (kind: 'created' | 'deleted', from: string, before: string) =>
        warehouse.countsByDay(kind, { from, before }, never);
      expect([...(await counts('created', '2026-01-05', '2026-01-07'))].sort()).toEqual([
        ['2026-01-05', 2],
        ['2026-01-06', 1],
      ]);
      expect([...(await counts('deleted', '2026-01-08', '2026-01-09'))]).toEqual([['2026-01-08', 2]]);
      expect(await counts('created', '2027-01-01', '2027-01-02')).toEqual(new Map());
    });

    it('is nothing when nothing is asked', async () => {
      expect(await warehouse.byAddressHash([], never)).toEqual(new Map());
      expect(await warehouse.byPatronId([], never)).toEqual(new Map());
    });

    it('is nothing where there is nothing', async () => {
      for (const ask of questions(warehouse)) expect(await ask()).toEqual(new Map());
    });

    it('is found for more keys than one query takes, each asked once', async () => {
      const numbers = Array.from({ length: 2_501 }, (_, index) => index + 1);
      await bench.put(numbers.map((number) => patronInfo(number, { address_hash: `hash-${number}` })));
      const hashes = numbers.map((number) => `hash-${number}`);

      // More than the protocol of PostgreSQL has parameters for one query.
      const unknown = Array.from({ length: 70_000 }, (_, index) => `unknown-${index}`);

      const found = await warehouse.byAddressHash([...hashes, ...unknown], never);

      expect([...found.keys()].sort()).toEqual([...hashes].sort());
      const patrons = [...numbers.map((number) => `patron-${number}`), 'x'];
      expect((await warehouse.byPatronId(patrons, never)).size).toBe(2_501);
    });

    it('is found once for a key that is asked twice', async () => {
      await bench.put([patronInfo(1)]);

      expect((await warehouse.byPatronId(['patron-1', 'patron-1'], never)).size).toBe(1);
    });

    it('may have any character in a key, which stays a value', async () => {
      const hash = `'; DROP TABLE patron_info; --\\ "$1" %`;
      await bench.put([patronInfo(1, { address_hash: hash })]);
      const before = await bench.traces();

      expect([...(await warehouse.byAddressHash([hash], never)).keys()]).toEqual([hash]);
      expect(await warehouse.byPatronId([hash], never)).toEqual(new Map());
      expect(await bench.traces()).toEqual(before);
    });

    it('keeps leading zeros', async () => {
      await bench.put([patronInfo(1, { geoid: '01001020100', postal_code: '01001' })]);

      expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')).toMatchObject({
        geoid: '01001020100',
        postal_code: '01001',
      });
    });
  });

  describe('several rows for a key', () => {
    const rows = {
      old: { circ_active_date_et: '2024-01-01', geoid: '36061000001', initial_patron_home_library_code: 'a' },
      new: { circ_active_date_et: '2025-01-01', geoid: '36061000002', initial_patron_home_library_code: 'b' },
      untracted: { circ_active_date_et: '2026-01-01', geoid: null, initial_patron_home_library_code: null },
      never: { circ_active_date_et: null, geoid: '36061000004', initial_patron_home_library_code: 'd' },
    } satisfies Record<string, Partial<PatronInfo>>;
    const orders = [
      ['old', 'new', 'untracted', 'never'],
      ['never', 'untracted', 'new', 'old'],
      ['untracted', 'old', 'never', 'new'],
    ] as const;

    it.each(orders)('give the newest with a tract, or the newest: %s first, %s, %s, %s', async (...order) => {
      await bench.put(order.map((name) => patronInfo(1, { ...rows[name], address_hash: 'hash' })));

      expect((await warehouse.byAddressHash(['hash'], never)).get('hash')).toMatchObject({
        geoid: '36061000002',
        initialHomeLibrary: 'b',
      });
      expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')).toMatchObject({
        geoid: null,
        // Of the newest row that has one.
        initial_patron_home_library_code: 'b',
      });
    });

    it('give the later one created of those that were active on one day', async () => {
      await bench.put([
        patronInfo(1, { creation_date_et: '2020-01-02', postal_code: '2' }),
        patronInfo(1, { creation_date_et: '2020-01-03', postal_code: '3' }),
        patronInfo(1, { creation_date_et: null, postal_code: '1' }),
      ]);

      expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')?.postal_code).toBe('3');
    });

    it('give the same one every time where nothing tells which is newer', async () => {
      const [a, b] = [patronInfo(1, { postal_code: '1' }), patronInfo(1, { postal_code: '2' })];
      const answers = [];
      for (const order of [
        [a, b],
        [b, a],
      ]) {
        await bench.empty();
        await bench.put(order);
        answers.push(await warehouse.byPatronId(['patron-1'], never));
      }

      expect(answers[0]).toEqual(answers[1]);
    });
  });

  describe('a question that is interrupted', () => {
    beforeEach(() => bench.put([patronInfo(1)]));

    it('is lost with a connection that was cut before it, and is answered over another one', async () => {
      for (const ask of questions(warehouse)) {
        expect((await ask()).size).toBe(1);
        await bench.cut();

        expect(await failure(ask())).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });

        expect((await ask()).size).toBe(1);
      }
    });

    it('is lost with a connection that was cut in the middle of it, and is answered over another one', async () => {
      for (const ask of questions(warehouse)) {
        await bench.whileBusy(async (untilAsked) => {
          const asking = failure(ask());
          await untilAsked();
          await bench.cut();
          expect(await asking).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
        });

        expect((await ask()).size).toBe(1);
      }
    });

    it('is given up when the answer takes too long, and can be asked again', async () => {
      const hasty = bench.hasty();
      await hasty.check(never);
      for (const ask of questions(hasty)) {
        await bench.whileBusy(async () => {
          const error = await failure(ask());
          expect(error).toMatchObject({ code: 'SOURCE_LOST', message: expect.stringContaining('too long') });
        });

        expect((await ask()).size).toBe(1);
      }
      await hasty.close();
    });

    it('is given up by a run that is told to stop, before it and in the middle of it', async () => {
      const stopping = new AbortController();
      await bench.whileBusy(async (untilAsked) => {
        const asking = Promise.allSettled(questions(warehouse, stopping.signal).map((ask) => ask()));
        await untilAsked();
        stopping.abort();
        for (const answer of await asking) expect(answer).toMatchObject({ reason: { name: 'AbortError' } });
      });

      for (const ask of questions(warehouse, stopping.signal))
        await expect(ask()).rejects.toMatchObject({ name: 'AbortError' });
      for (const ask of questions(warehouse)) expect((await ask()).size).toBe(1);
    });

    it('leaves nothing behind once the warehouse is closed', async () => {
      await leavingNothing(async () => {
        const [hasty, stopped] = [bench.hasty(), bench.open()];
        const stopping = new AbortController();
        await bench.whileBusy(async (untilAsked) => {
          await failure(hasty.byPatronId(['patron-1'], never));
          const asking = stopped.byPatronId(['patron-1'], stopping.signal);
          asking.catch(() => {});
          await untilAsked();
          stopping.abort();
          await expect(asking).rejects.toThrow();
        });
        for (const used of [hasty, stopped]) {
          await used.byPatronId(['patron-1'], never);
          await used.close();
        }
      });
    });
  });
});
