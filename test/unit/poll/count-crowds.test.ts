import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrowdCounter, smallestCrowd } from '../../../src/poll/count-crowds.ts';
import { emptyPatronInfo } from '../../../src/poll/patron-info.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';

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

  it('are those of tract, patron type and home library together', () => {
    const crowd = { geoid: '1', ptype_code: 10, patron_home_library_code: 'ma' };
    const found = crowdsOf([
      ...times(5, crowd),
      ...times(4, { ...crowd, ptype_code: 11 }),
      ...times(1, { ...crowd, patron_home_library_code: null }),
      ...times(1, { ...crowd, geoid: null }),
      ...times(2, { ...crowd, ptype_code: null }),
    ]);
    expect(found).toMatchObject({ records: 13, few: 8, alone: 2 });
  });

  it('leave deleted patrons out', () => {
    expect(crowdsOf(times(3, { geoid: '1', deletion_date_et: '2026-01-01' }))).toEqual({
      tracts: [],
      rare: { tracts: 0, records: 0 },
      withoutTract: 0,
      records: 0,
      few: 0,
      alone: 0,
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
