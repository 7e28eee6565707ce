import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { placeKey } from '../../../src/geo/place-key.ts';
import { isPlaceOf, isZipOf, stateOf } from '../../../src/geo/places.ts';

describe('a place', () => {
  it.each([
    ['West Des Moines', 'W DES MOINES'],
    ['W. DES MOINES', 'W DES MOINES'],
    ['Saint Peters', 'ST PETERS'],
    ["St. Peter's", 'ST PETERS'],
    ['Mount Pleasant', 'MT PLEASANT'],
    ['Cañon City', 'CANON CITY'],
    ['', ''],
  ])('%j is compared as %j', (name, key) => {
    expect(placeKey(name)).toBe(key);
  });

  it('is known by its state and by its ZIP', () => {
    expect(isPlaceOf('IA', placeKey('West Des Moines'))).toBe(true);
    expect(isPlaceOf('MN', placeKey('West Des Moines'))).toBe(false);
    expect(isZipOf('53181', placeKey('Twin Lakes'))).toBe(true);
    expect(isZipOf('53181', placeKey('Kenosha'))).toBe(false);
    expect(isZipOf('00000', placeKey('Kenosha'))).toBeNull();
  });

  it('lies in the state of its ZIP, or else in the one that is written', () => {
    expect(stateOf('53181', 'XX')).toBe('WI');
    expect(stateOf('', 'New York')).toBe('NY');
    expect(stateOf('00000', 'N.Y.')).toBe('NY');
    expect(stateOf('', 'Anywhere')).toBe('');
  });

  it('comes from a table that names its source and its licence', () => {
    const table = readFileSync(new URL('../../../data/places.tsv', import.meta.url), 'utf8');
    expect(table).toContain('https://www.geonames.org');
    expect(table).toContain('https://creativecommons.org/licenses/by/4.0/');
    const keys = table.split('\n').flatMap((line) => line.split('\t')[1] ?? []);
    expect(keys.filter((key) => placeKey(key) !== key)).toEqual([]);
  });
});
