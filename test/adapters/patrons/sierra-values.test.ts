import { describe, expect, it } from 'vitest';
import type { PatronSource } from '../../../src/poll/ports.ts';
import { never } from '../../support/never.ts';
import { everyDay, everything } from '../../support/patron-pages.ts';
import { putPatrons } from '../../support/sierra.ts';
import { useSierra } from '../../support/sierra-source.ts';

const bench = useSierra();
const only = async (mode: 'new' | 'updated' = 'new', source = bench.source) => {
  const rows = await source.active(mode, everything, never);
  expect(rows).toHaveLength(1);
  return rows[0];
};

describe('times and days', () => {
  const evening = { created: '2026-01-06 04:30:00.123456+00', active: '2026-07-06 03:30:00+00' };

  it.each([
    ['as it is', []],
    ["timezone = 'Asia/Tokyo'", ["timezone = 'Asia/Tokyo'", "datestyle = 'German, DMY'"]],
    ["timezone = 'Pacific/Honolulu'", ["timezone = 'Pacific/Honolulu'", "datestyle = 'SQL, MDY'"]],
    ['intervalstyle and extra_float_digits', ["intervalstyle = 'iso_8601'", 'extra_float_digits = -5']],
  ])('are those of the zone under any setting of the server: %s', async (_name, settings) => {
    for (const setting of settings) await bench.configure(setting);
    await putPatrons(bench.database, [{ id: 1, ...evening, deleted: '2026-02-03' }]);

    expect(await only()).toMatchObject({
      at: '2026-01-06 04:30:00.123456',
      createdAt: '2026-01-06 04:30:00.123456',
      createdOn: '2026-01-05',
      activeOn: '2026-07-05',
      deletedOn: '2026-02-03',
    });
    expect(await bench.source.deleted(everyDay, never)).toEqual([
      { id: '1', at: '2026-02-03', createdOn: '2026-01-05' },
    ]);
    const drift = (await bench.source.clock(never)).getTime() - Date.now();
    // A wrong zone makes half an hour at least.
    expect(Math.abs(drift)).toBeLessThan(60_000);
  });

  it.each([
    ['UTC', '2026-01-06', '2026-07-06'],
    ['Pacific/Auckland', '2026-01-06', '2026-07-06'],
    ['Pacific/Honolulu', '2026-01-05', '2026-07-05'],
  ])('are counted in %s when that is configured', async (zone, createdOn, activeOn) => {
    await putPatrons(bench.database, [{ id: 1, ...evening }]);

    expect(await only('new', bench.open({ zone }))).toMatchObject({ createdOn, activeOn });
  });

  it('are counted where a patron has none at all, so that no page has the patron', async () => {
    const undated = { created: null, updated: null };
    await putPatrons(bench.database, [
      { id: 1, ...undated },
      { id: 2, created: null, updated: 'infinity' },
      { id: 3, created: 'infinity', updated: null },
      { id: 4, ...undated, deleted: '2026-01-05' },
      { id: 5, created: null, updated: '2026-01-05' },
      { id: 6, created: '1500-01-01', updated: null },
    ]);
    expect(await bench.source.withoutDates(never)).toBe(3);
  });

  it('know when clocks change', async () => {
    const active = async (time: string) => {
      await putPatrons(bench.database, [{ id: 1, active: time }]);
      return (await only())?.activeOn;
    };

    // New York leaves standard time at 07:00 UTC on 8 March 2026.
    expect(await active('2026-03-08 04:59:59+00')).toBe('2026-03-07');
    expect(await active('2026-03-09 03:59:59+00')).toBe('2026-03-08');
    expect(await active('2026-03-09 04:00:00+00')).toBe('2026-03-09');
  });

  it.each([
    ['nothing', null, null],
    ['infinity', 'infinity', 'infinity'],
    ['minus infinity', '-infinity', '-infinity'],
    ['a time before Christ', '0044-03-15 12:00:00+00 BC', '0044-03-15 BC'],
    ['a year of five digits', '20260-01-05 12:00:00+00', '20260-01-05'],
    ['the last days of four digits', '9999-12-31 12:00:00+00', '9999-12-31'],
  ])('are null for %s', async (_name, time, day) => {
    const updated = '2026-01-05 12:00:00+00';
    await putPatrons(bench.database, [{ id: 1, created: time, updated, active: time, deleted: day }]);

    expect(await only('updated')).toMatchObject({
      at: '2026-01-05 12:00:00.000000',
      createdAt: null,
      createdOn: null,
      activeOn: null,
      deletedOn: null,
    });
    expect(await bench.source.active('new', everything, never)).toEqual([]);
    expect(await bench.source.deleted(everyDay, never)).toEqual([]);
  });

  it('may lie far from ours', async () => {
    const updated = '2026-01-05 12:00:00+00';
    await putPatrons(bench.database, [
      { id: 1, created: '0800-12-25 12:00:00+00', updated, active: '9999-12-29 12:00:00+00' },
    ]);

    expect(await only('updated')).toMatchObject({
      createdAt: '0800-12-25 12:00:00.000000',
      createdOn: '0800-12-25',
      activeOn: '9999-12-29',
    });
  });
});

describe('codes and texts', () => {
  it('take a home library without its blanks, and none for none', async () => {
    const libraries = ['ml', 'ml   ', '  ml', '', '     ', 'none', 'none ', 'NONE', 'None', 'nonex', null];
    await putPatrons(
      bench.database,
      libraries.map((library, index) => ({ id: index + 1, library })),
    );
    const taken = async (source: PatronSource) =>
      (await source.active('new', everything, never)).map(({ homeLibrary }) => homeLibrary);
    const wanted = ['ml', 'ml', 'ml', null, null, null, null, 'NONE', 'None', 'nonex', null];

    expect(await taken(bench.source)).toEqual(wanted);
    await bench.database.query('ALTER TABLE sierra_view.patron_view ALTER home_library_code TYPE varchar(9)');
    expect(await taken(bench.open())).toEqual(wanted);
  });

  it('have no blanks around an address, and nothing else taken away', async () => {
    const street = `  12 O'BRIEN "ST"\tAPT\\2\r\n `;
    await putPatrons(bench.database, [
      { id: 1, addresses: [{ street, city: ' ÅRHUS ', region: '  ', zip: null }] },
    ]);

    expect((await only())?.address).toEqual({
      street: `12 O'BRIEN "ST"\tAPT\\2\r\n`,
      city: 'ÅRHUS',
      region: '',
      postalCode: null,
    });
  });

  it('are numbers in any type that a copy of Sierra keeps them in', async () => {
    const metadata = "(1, 'p', '2026-01-05', '2026-01-05', NULL)";
    await bench.database.query(`INSERT INTO sierra_view.record_metadata VALUES ${metadata}`);
    for (const type of ['smallint', 'integer', 'bigint', 'numeric(9, 0)', 'varchar(9)']) {
      await bench.database.query(
        `DELETE FROM sierra_view.patron_view;
        ALTER TABLE sierra_view.patron_view ALTER ptype_code TYPE ${type}, ALTER pcode3 TYPE ${type};
        INSERT INTO sierra_view.patron_view VALUES (1, '0', NULL, 'ml', NULL)`,
      );
      expect(await only()).toMatchObject({ patronType: 0, pcode3: null });
      await bench.database.query("UPDATE sierra_view.patron_view SET ptype_code = '151', pcode3 = '-7'");
      expect(await only()).toMatchObject({ patronType: 151, pcode3: -7 });
    }
  });
});
