import { describe, expect, it } from 'vitest';
import { sampleIndex } from '../../../src/geo/check-index.ts';
import { indexOf, side } from '../support/tract-indexes.ts';

const healthy = [
  side('W 2nd St 53144 100:198 E', 1),
  side('W 2nd St 53144 101:199 O', 2),
  side('Main St 53144 N6W100:N6W198 E', 3),
  side('County Hwy MB 53144 1:99 B', 4),
  side('US Hwy 41 53144 1:99 B', 5),
  side('Avenue of the Americas 53144 1:99 B', 6),
  side('Broadway 53140 1:99 B', 7),
  side('De Kalb Ave NE 53140 1:99 B', 8),
];

describe('an index that is asked about its own ranges', () => {
  it('finds them', () => {
    expect(sampleIndex(indexOf(...healthy))).toEqual({ asked: 8, found: 8 });
  });

  it('is not asked about ranges without a tract', () => {
    expect(sampleIndex(indexOf(side('Main St 53144 100:198 E', null)))).toEqual({ asked: 0, found: 0 });
    expect(sampleIndex(indexOf())).toEqual({ asked: 0, found: 0 });
  });

  it('finds little where its names were made by another reading', () => {
    const index = indexOf(...healthy);
    // As an earlier version would have had it, which took a type for a part of the name.
    const variants = index.variants.map((variant) => ({ ...variant, type: `OLD${variant.type}` }));
    expect(sampleIndex({ ...index, variants }).found).toBeLessThan(4);
  });

  it('is asked about some hundred ranges, however many it has', () => {
    const many = Array.from({ length: 5000 }, (_, at) => side(`Main St 53144 ${at * 2}:${at * 2} E`, at % 7));
    expect(sampleIndex(indexOf(...many))).toEqual({ asked: 500, found: 500 });
  });
});
