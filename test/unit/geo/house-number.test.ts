import { describe, expect, it } from 'vitest';
import { readHouseNumber, readNumberRange, splitHouseNumbers } from '../../../src/geo/house-number.ts';

describe('a house number', () => {
  it.each([
    ['12', '', '12'],
    ['#12,', '', '12'],
    ['12A', '', '12'],
    ['12-A', '', '12'],
    ['12 1/2', '', '12'],
    ['0123', '', '0123'],
    ['37-06', '37-', '06'],
    ['37–06', '37-', '06'],
    ['42-15A', '42-', '15'],
    ['N6W23001', 'N6W', '23001'],
    ['W204 N11912', 'W204N', '11912'],
    ['A12-3', 'A12-', '3'],
    ['12.5', '', '12'],
    ['121.4', '', '121'],
    ['1S535', '1S', '535'],
    ['1 S 535', '1S', '535'],
    ['37 - 06', '37-', '06'],
  ])('%s has the prefix %j and the digits %s', (text, prefix, digits) => {
    expect(readHouseNumber(text)).toEqual({ prefix, digits });
  });

  it.each([
    '',
    'ONE',
    '-',
    '1234567890',
    '12/34',
    '1-2-3',
    '4 276',
    '12, 14',
    '12. 14',
    '1,234',
    'KM 3.2',
    'MILE 12',
  ])('is not %j', (text) => {
    expect(readHouseNumber(text)).toBeNull();
  });
});

describe('several house numbers', () => {
  it.each([
    ['12, 14', ['12', '14']],
    ['12. 14', ['12', '14']],
    ['12/14A', ['12', '14A']],
    ['12-14', ['12-14']],
    ['12 1/2', ['12 1/2']],
    ['12.5', ['12.5']],
  ])('in %j are %j', (text, numbers) => {
    expect(splitHouseNumbers(text)).toEqual(numbers);
  });
});

describe('a range of house numbers', () => {
  it.each([
    ['100', '198', 'E', { prefix: '', low: 100, high: 198, parity: 'even' }],
    ['199', '101', 'O', { prefix: '', low: 101, high: 199, parity: 'odd' }],
    ['101', '101', '', { prefix: '', low: 101, high: 101, parity: 'odd' }],
    ['1', '50', 'B', { prefix: '', low: 1, high: 50, parity: 'both' }],
    ['2', '50', 'B', { prefix: '', low: 2, high: 50, parity: 'both' }],
    ['37-02', '37-98', 'E', { prefix: '37-', low: 2, high: 98, parity: 'even' }],
    ['N6600', 'N6698', '', { prefix: 'N', low: 6600, high: 6698, parity: 'even' }],
  ])('from %s to %s, %s', (from, to, parity, range) => {
    expect(readNumberRange(from, to, parity)).toEqual(range);
  });

  it.each([
    ['100', '199', 'E', 'mixed_parity'],
    ['100', '199', '', 'mixed_parity'],
    ['37-99', '38-01', 'O', 'not_numeric'],
    ['LO99', '101', 'O', 'not_numeric'],
    ['100', '', 'E', 'not_numeric'],
    ['ONE', 'TEN', '', 'not_numeric'],
  ])('cannot be from %s to %s, %s: %s', (from, to, parity, problem) => {
    expect(readNumberRange(from, to, parity)).toBe(problem);
  });
});
