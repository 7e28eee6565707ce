import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/geo/read-address.ts';

describe('an address that is read', () => {
  it.each([
    ['12, 14 ELM ST, ACTON MA 01720', '12', ['14']],
    ['12. 14 ELM ST, ACTON MA 01720', '12', ['14']],
    ['12 & 14 ELM ST, ACTON MA 01720', '12', ['14']],
    ['12/14 ELM ST, ACTON MA 01720', '12', ['14']],
    ['12-14 ELM ST, ACTON MA 01720', '12-14', []],
    ['12.5 ELM ST, ACTON MA 01720', '12 1/2', []],
  ])('has its doors apart: %s', (line, number, others) => {
    const read = readAddress(line);
    expect(read.parts).toMatchObject({ number, street: 'ELM ST' });
    expect(read.otherNumbers.map(({ digits }) => digits)).toEqual(others);
  });

  it.each([['103.7 ELM HWY, ACTON MA 01720'], ['CARR 2 KM 3.2, PONCE PR 00716']])(
    'has no number where none can be told: %s',
    (line) => {
      expect(readAddress(line).number).toBeNull();
    },
  );

  it('is on no street that it may mean where a comma may part thousands', () => {
    expect(readAddress('1,234 ELM ST, ACTON MA 01720').street?.name).not.toBe('ELM');
  });

  it.each([
    ['12 ELM ST, ACTON MA 01720', 'ACTON'],
    ['12 ELM ST, APT 4, WEST DES MOINES, IA 50265', 'WEST DES MOINES'],
    ['60 CALLE OLMO, URB LAS FLORES, PONCE PR 00716', 'PONCE'],
    ['12 ELM ST 01720', ''],
  ])('has the city before the state: %s', (line, city) => {
    expect(readAddress(line).city).toBe(city);
  });

  it.each([
    ['12 ELM ST, HARTFORD CT 6103', '', '06103'],
    ['12 ELM ST, HARTFORD CT', '6103', '06103'],
    ['12 CALLE OLMO, PONCE PR', '716', '00716'],
    ['12 ELM ST, HARTFORD CT', '6103-1234', '06103'],
    ['12 ELM ST, ALBANY NY 6103', '', ''],
    ['12 ELM ST, ALBANY NY 12203', '', '12203'],
    ['12 ELM ST, ALBANY NY 12203', '0', '12203'],
  ])('has the ZIP that lost its zeros: %s, %s', (line, field, zip) => {
    expect(readAddress(line, field).zip).toBe(zip);
  });
});
