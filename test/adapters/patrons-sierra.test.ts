import { describe, expect, it } from 'vitest';
import { never } from '../support/object-benches.ts';
import { putPatrons, type TestAddress } from '../support/sierra.ts';
import { everyDay, everything, pagesOf, useSierra } from '../support/sierra-source.ts';

const bench = useSierra();
const created = (limit: number) =>
  pagesOf({ ...everything, limit }, (page) => bench.source.active('new', page, never));
const deleted = (limit: number) =>
  pagesOf({ ...everyDay, limit }, (page) => bench.source.deleted(page, never));
const only = async (mode: 'new' | 'updated' = 'new') => {
  const rows = await bench.source.active(mode, everything, never);
  expect(rows).toHaveLength(1);
  return rows[0];
};
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => Number(id));
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('pages of patrons', () => {
  it('go through any number of patrons of one time, each once, with all addresses', async () => {
    const addresses = [{ order: 0 }, { order: 1, street: '2 SIDE ST' }];
    await putPatrons(
      bench.database,
      range(25)
        .reverse()
        .map((id) => ({ id, addresses })),
    );

    const pages = await created(10);

    expect(pages.map((page) => new Set(ids(page)).size)).toEqual([10, 10, 5]);
    expect(ids(pages.flat())).toEqual(range(25).flatMap((id) => [id, id]));
    expect(pages.flat().map(({ address }) => address.street)[1]).toBe('2 SIDE ST');
  });

  it('go through more deletions of one day than a page has', async () => {
    await putPatrons(
      bench.database,
      range(50).map((id) => ({ id, deleted: '2026-01-07', isDropped: true })),
    );

    const pages = await deleted(7);

    expect(pages.map(({ length }) => length)).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
    expect(pages.flat()).toEqual(range(50).map((id) => ({ id: String(id), at: '2026-01-07' })));
  });

  it('come in the order of time, then of number, and ids are numbers and not texts', async () => {
    const time = '2026-01-05 12:00:00.000001+00';
    await putPatrons(bench.database, [
      { id: 10, created: time },
      { id: 9, created: time },
      { id: 1, created: '2026-01-05 12:00:00.000002+00' },
      { id: 99, created: '2026-01-05 12:00:00+00' },
    ]);

    const rows = (await created(1)).flat();

    expect(rows.map(({ id, at }) => `${id} ${at}`)).toEqual([
      '99 2026-01-05 12:00:00.000000',
      '9 2026-01-05 12:00:00.000001',
      '10 2026-01-05 12:00:00.000001',
      '1 2026-01-05 12:00:00.000002',
    ]);
  });

  it('keep an id that no number of JavaScript holds', async () => {
    await bench.database.query(
      "INSERT INTO sierra_view.record_metadata VALUES (9007199254740993, 'p', '2026-01-05', '2026-01-05', NULL)",
    );

    expect(await only()).toMatchObject({ id: '9007199254740993' });
    expect((await created(1)).flat()).toHaveLength(1);
  });

  it('begin at the time of the window and end before its end, whatever the zone of the server', async () => {
    await bench.configure("timezone = 'Asia/Tokyo'");
    const at = (microsecond: number) => `2026-01-05 12:00:00.00000${microsecond}`;
    await putPatrons(
      bench.database,
      range(5).map((id) => ({ id, created: `${at(id)}+00` })),
    );
    const between = (after: { at: string; id: string }, before: string) =>
      bench.source.active('new', { after, before, limit: 10 }, never);

    expect(ids(await between({ at: at(2), id: '' }, at(5)))).toEqual([2, 3, 4]);
    expect(ids(await between({ at: at(2), id: '2' }, at(5)))).toEqual([3, 4]);
    expect(ids(await between({ at: at(2), id: '1' }, at(5)))).toEqual([2, 3, 4]);
    expect(ids(await between({ at: at(1), id: '77' }, at(3)))).toEqual([2]);
  });

  it('of deleted patrons leave out the day on which the window ends', async () => {
    await putPatrons(
      bench.database,
      range(4).map((id) => ({ id, deleted: `2026-01-0${id}` })),
    );
    const between = (at: string, id: string, before: string) =>
      bench.source.deleted({ after: { at, id }, before, limit: 10 }, never);

    expect(ids(await between('2026-01-02', '', '2026-01-04'))).toEqual([2, 3]);
    expect(ids(await between('2026-01-02', '2', '2026-01-04'))).toEqual([3]);
  });

  it('look at the time that the mode is about', async () => {
    await putPatrons(bench.database, [
      { id: 1, created: '2026-01-02 12:00:00+00', updated: '2026-01-09 12:00:00+00' },
      { id: 2, created: '2026-01-03 12:00:00+00', updated: '2026-01-08 12:00:00+00' },
      { id: 3, created: null, updated: '2026-01-07 12:00:00+00' },
    ]);

    expect(ids(await bench.source.active('new', everything, never))).toEqual([1, 2]);
    const updated = await bench.source.active('updated', everything, never);
    expect(updated.map(({ id, at }) => `${id} ${at}`)).toEqual([
      '3 2026-01-07 12:00:00.000000',
      '2 2026-01-08 12:00:00.000000',
      '1 2026-01-09 12:00:00.000000',
    ]);
  });

  it('hold patrons alone, and those without address and without view too', async () => {
    await putPatrons(bench.database, [{ id: 1, isDropped: true, deleted: '2026-01-06' }]);
    await bench.database.query(
      "INSERT INTO sierra_view.record_metadata VALUES (2, 'b', '2026-01-05', '2026-01-05', '2026-01-05')",
    );

    expect(await only()).toEqual({
      id: '1',
      at: '2026-01-05 12:00:00.000000',
      createdAt: '2026-01-05 12:00:00.000000',
      createdOn: '2026-01-05',
      deletedOn: '2026-01-06',
      activeOn: null,
      patronType: null,
      pcode3: null,
      homeLibrary: null,
      address: { street: null, city: null, region: null, postalCode: null },
    });
    expect((await deleted(10)).flat()).toEqual([{ id: '1', at: '2026-01-06' }]);
  });

  it('are empty where there is nobody', async () => {
    expect(await bench.source.active('new', everything, never)).toEqual([]);
    expect(await bench.source.deleted(everyDay, never)).toEqual([]);
  });
});

describe('the address that counts', () => {
  const byOrder: TestAddress[] = [
    { order: 0, type: 2, street: 'F' },
    { order: 0, type: 10, street: 'E' },
    { order: 0, type: null, street: 'D' },
    { order: 2, type: 1, street: 'C' },
    { order: 10, type: 1, street: 'B' },
    { order: null, type: 1, street: 'A' },
  ];
  const same = { order: 0, type: 1, street: '1 MAIN ST', city: 'NEW YORK', region: 'NY' };
  const byText: TestAddress[] = [
    { ...same, zip: '10001', city: 'BRONX' },
    { ...same, zip: '10001', region: 'NJ' },
    { ...same, zip: '10001' },
    { ...same, zip: '10002' },
    { ...same, zip: null },
    { ...same, street: '2 MAIN ST' },
  ];

  it.each([
    ['by display order, then type, nothing last', byOrder],
    ['by its text where all else is equal', byText],
  ])('comes first: %s', async (_rule, addresses) => {
    await putPatrons(bench.database, [
      { id: 1, addresses: [...addresses].reverse() },
      { id: 2, addresses },
    ]);

    const rows = await bench.source.active('new', everything, never);

    const wanted = addresses.map(({ street, city = 'NEW YORK', region = 'NY', zip = '10001' }) => ({
      ...{ street, city, region },
      postalCode: zip,
    }));
    expect(rows.map(({ address }) => address)).toEqual([...wanted, ...wanted]);
  });
});
