import { describe, expect, it } from 'vitest';
import { never } from '../../support/never.ts';
import { everyDay, everything } from '../../support/patron-pages.ts';
import { putPatrons, type TestAddress } from '../../support/sierra.ts';
import { useSierra } from '../../support/sierra-source.ts';

const bench = useSierra();
const only = async () => {
  const rows = await bench.source.active('new', everything, never);
  expect(rows).toHaveLength(1);
  return rows[0];
};
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => Number(id));
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('pages of patrons', () => {
  it('begin at the time of the window and end before its end, in any zone of the server', async () => {
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

  it('hold patrons alone, and those without address and without view too', async () => {
    await putPatrons(bench.database, [{ id: 1, isDropped: true, deleted: '2026-01-06' }]);
    await bench.database.query(
      "INSERT INTO sierra_view.record_metadata VALUES (2, 'b', '2026-01-05', '2026-01-05', '2026-01-05')",
    );

    expect(await only()).toEqual({
      id: '1',
      at: '2026-01-05 12:00:00.000000',
      createdAt: '2026-01-05 12:00:00.000000',
      updatedAt: '2026-01-05 12:00:00.000000',
      createdOn: '2026-01-05',
      deletedOn: '2026-01-06',
      activeOn: null,
      patronType: null,
      pcode3: null,
      homeLibrary: null,
      address: { street: null, city: null, region: null, postalCode: null },
    });
    expect(await bench.source.deleted(everyDay, never)).toEqual([
      { id: '1', at: '2026-01-06', createdOn: '2026-01-05' },
    ]);
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
