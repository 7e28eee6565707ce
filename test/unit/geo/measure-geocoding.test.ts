import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const script = resolve(import.meta.dirname, '../../../scripts/measure-geocoding.js');

interface Sums {
  readonly asked: number;
  readonly answered: number;
  readonly wrong: number;
  readonly wrongBy: Readonly<Record<string, number>>;
}

describe('of an invented county', () => {
  let counties: Readonly<Record<string, Readonly<Record<string, Sums>>>>;
  beforeAll(() => {
    counties = JSON.parse(execFileSync(process.execPath, [script, '--json'], { encoding: 'utf8' }));
  });
  const sums = (county: string, kind: string): Sums => {
    const found = counties[county]?.[kind];
    if (found === undefined) throw new Error(`${kind} was not measured.`);
    return found;
  };

  it.each(['plain', 'with quarters'])('%s, every address is found', (county) => {
    const { asked, answered, wrong } = sums(county, 'as they are');
    expect([answered, wrong]).toEqual([asked, 0]);
  });

  it.each(['plain', 'with quarters'])(
    '%s, with 15 %% of its edges left out hardly one is wrong',
    (county) => {
      const { asked, answered, wrong } = sums(county, 'with 15 % of all edges left out');
      expect(answered / asked).toBeGreaterThan(0.8);
      expect(wrong / answered).toBeLessThan(0.003);
    },
  );

  it.each(['plain', 'with quarters'])('%s, a typing error is never repaired to another street', (county) => {
    for (const [kind, { wrongBy }] of Object.entries(counties[county] ?? {})) {
      // A number or a street that exists cannot be told from the one that was meant.
      const { number_in_range: _, ...others } = wrongBy;
      expect([kind, others]).toEqual([kind, {}]);
    }
  });

  it('plain, the ZIP of another place is repaired', () => {
    const { asked, answered } = sums('plain', 'the ZIP of another place');
    expect(answered / asked).toBeGreaterThan(0.3);
  });

  it.each(['another type', 'the ZIP of another place', 'without its directional'])(
    '%s is no wrong tract',
    (kind) => {
      for (const county of ['plain', 'with quarters']) {
        const { answered, wrong } = sums(county, kind);
        expect(wrong / Math.max(1, answered)).toBeLessThan(0.05);
      }
    },
  );
});
