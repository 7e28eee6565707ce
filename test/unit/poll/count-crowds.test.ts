import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finish } from '../../../src/core/hash.ts';
import { CrowdCounter, smallestCrowd } from '../../../src/poll/count-crowds.ts';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { SampledGroups } from '../../../src/poll/sampled-groups.ts';

const info = (change: Partial<PatronInfo> = {}): PatronInfo => ({
  ...emptyPatronInfo,
  patron_id: 'x',
  ...change,
});
const crowdsOf = (infos: readonly PatronInfo[]) => {
  const counter = new CrowdCounter();
  for (const each of infos) counter.count(each);
  return counter.crowds();
};
const times = (count: number, change: Partial<PatronInfo>) =>
  Array.from({ length: count }, () => info(change));

describe('crowds', () => {
  it('show the tracts that five records or more have, the largest first, and count the others together', () => {
    const found = crowdsOf([
      ...times(5, { geoid: '2' }),
      ...times(7, { geoid: '3' }),
      ...times(5, { geoid: '1' }),
      ...times(4, { geoid: '4' }),
      ...times(1, { geoid: '5' }),
      ...times(3, { geoid: null }),
    ]);
    expect(found.tracts).toEqual([
      { geoid: '3', records: 7 },
      { geoid: '1', records: 5 },
      { geoid: '2', records: 5 },
    ]);
    expect(found.rare).toEqual({ tracts: 2, records: 5 });
    expect(found.withoutTract).toBe(3);
    expect(found.records).toBe(25);
  });

  const inClear = {
    postal_code: '10001',
    geoid: '1',
    creation_date_et: '2026-01-01',
    circ_active_date_et: '2026-01-02',
    ptype_code: 10,
    pcode3: 10,
    patron_home_library_code: 'ma',
    initial_patron_home_library_code: 'ma',
  };
  const fields = Object.keys(inClear) as (keyof typeof inClear)[];

  it.each(fields)('are those of all that is sent in the clear, also of %s', (field) => {
    const other = typeof inClear[field] === 'number' ? 11 : '2026-02-03';
    const found = crowdsOf([
      ...times(5, inClear),
      ...times(4, { ...inClear, [field]: other }),
      ...times(1, { ...inClear, [field]: null }),
    ]);
    expect(found).toMatchObject({ records: 10, few: 5, alone: 1, fields });
    expect(found.most).toEqual({ field, aloneWithout: 0 });
  });

  it('do not take a value of one field for that of another', () => {
    const found = crowdsOf([
      info({ ptype_code: 1, pcode3: 2 }),
      info({ ptype_code: 2, pcode3: 1 }),
      info({ patron_home_library_code: 'ma' }),
      info({ initial_patron_home_library_code: 'ma' }),
      info({ postal_code: '' }),
      info({ postal_code: null }),
    ]);
    expect(found.alone).toBe(6);
  });

  it('know nothing of ids and hashes, nor of fields that are not sent', () => {
    const sent = { patron_id: 'x', geoid: '1', ptype_code: 1 };
    const counter = new CrowdCounter();
    for (const id of ['a', 'b', 'c', 'd', 'e']) counter.count({ ...sent, patron_id: id, address_hash: id });
    expect(counter.crowds()).toMatchObject({ few: 0, alone: 0, most: null, fields: ['geoid', 'ptype_code'] });
  });

  it('say which field makes most of it, and what would be without it', () => {
    const dated = Array.from({ length: 1000 }, (_, at) =>
      info({ geoid: String(at % 7), creation_date_et: `2026-01-${at}`, pcode3: at % 3 }),
    );
    const { alone, most } = crowdsOf(dated);
    expect([alone, most]).toEqual([1000, { field: 'creation_date_et', aloneWithout: 0 }]);
  });

  it('estimate that for very many records, in a memory that does not grow', () => {
    // 40,000 of 60,000 are alone in their tract and day, and would be without any of the other fields.
    const counter = new CrowdCounter();
    for (let at = 0; at < 60_000; at += 1) {
      const pair = at < 40_000 ? at : 40_000 + (at % 10_000);
      counter.count(info({ geoid: String(pair % 200), creation_date_et: String(pair), ptype_code: at % 2 }));
    }
    const { alone, most } = counter.crowds();
    expect(alone).toBe(40_000);
    expect(most?.field).toBe('creation_date_et');
    const groups = new SampledGroups();
    for (let at = 0; at < 60_000; at += 1) {
      const pair = at < 40_000 ? at : 40_000 + (at % 10_000);
      groups.add(finish(pair), finish(pair ^ 0x5555));
    }
    expect(Math.abs(groups.alone - 40_000)).toBeLessThan(2000);
  });

  it('leave deleted patrons out', () => {
    expect(crowdsOf(times(3, { geoid: '1', deletion_date_et: '2026-01-01' }))).toEqual({
      tracts: [],
      rare: { tracts: 0, records: 0 },
      withoutTract: 0,
      records: 0,
      fields: [],
      few: 0,
      alone: 0,
      most: null,
    });
  });

  it('balance, and never show a tract that few have', () => {
    const any = fc.record({
      geoid: fc.constantFrom(null, '1', '2', '3'),
      ptype_code: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (changes) => {
        const { tracts, rare, withoutTract, records, few, alone } = crowdsOf(changes.map(info));
        const shown = tracts.reduce((sum, each) => sum + each.records, 0);
        expect(shown + rare.records + withoutTract).toBe(records);
        expect(records).toBe(changes.length);
        expect(tracts.every((each) => each.records >= smallestCrowd)).toBe(true);
        expect(alone).toBeLessThanOrEqual(few);
        expect(few).toBeLessThanOrEqual(records);
      }),
    );
  });

  it('are counted exactly however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3), fc.nat(2)), { maxLength: 9000 }), (people) => {
        const infos = people.map(([tract, type, library]) =>
          info({
            geoid: String(36_061_000_000 + tract * 100),
            ptype_code: type,
            patron_home_library_code: `l${library}`,
          }),
        );
        const sizes = new Map<string, number>();
        for (const each of people) sizes.set(each.join(), (sizes.get(each.join()) ?? 0) + 1);
        const all = [...sizes.values()];
        expect(crowdsOf(infos)).toMatchObject({
          alone: all.filter((size) => size === 1).length,
          few: all.filter((size) => size < smallestCrowd).reduce((sum, size) => sum + size, 0),
        });
      }),
      { numRuns: 30 },
    );
  });
});
