import { expect, it } from 'vitest';
import { freeName } from '../../../src/feeds/free-name.ts';

it.each([
  ['P.csv', [], 'P.csv'],
  ['P.csv', ['Q.csv', 'P.csv.done'], 'P.csv'],
  ['P.csv', ['P.csv'], 'P-2.csv'],
  ['P.csv', ['p.CSV', 'P-2.csv', 'P-4.csv'], 'P-3.csv'],
  ['P.csv.done', ['P.csv', 'P.csv.done'], 'P-2.csv.done'],
  ['PEOPLE', ['PEOPLE'], 'PEOPLE-2'],
  ['.hidden', ['.hidden'], '.hidden-2'],
  ['.a.csv', ['.a.csv'], '.a-2.csv'],
])('%s beside %j is %s', (name, taken, free) => {
  expect(freeName(name, taken)).toBe(free);
});
