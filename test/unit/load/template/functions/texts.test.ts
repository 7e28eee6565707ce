import { describe, expect, it } from 'vitest';
import { cpuTimeOf } from '../../../../support/cpu-time.ts';
import { expression } from '../../../support/templates.ts';

describe('texts', () => {
  it.each([
    ['{{after A "-"}}', 'PHYS-101-A', '101-A'],
    ['{{after A "-"}}', 'PHYS', ''],
    ['{{before A "@"}}', 'jdoe@example.edu', 'jdoe'],
    ['{{before A "@"}}', 'jdoe', 'jdoe'],
    ['{{concat A "@example.edu"}}', 'jdoe', 'jdoe@example.edu'],
    ['{{concat A "@example.edu"}}', '', ''],
    ['{{concat A "@example.edu"}}', ' ', ''],
    ['{{concat "until " (today)}}', '', 'until 2026-03-01'],
    ['{{digits A}}', '(617) 555-0123', '6175550123'],
    ['{{pad A 9}}', '12345', '000012345'],
    ['{{pad A 9}}', ' ', ''],
    ['{{pad A 3}}', '12345', '12345'],
    ['{{pad A 6 "X"}}', '12', 'XXXX12'],
    ['{{replace A "[^A-Z]+" ""}}', 'AB-12-CD', 'ABCD'],
    ['{{replace A "(\\w+), (\\w+)" "$2 $1"}}', 'Doe, Jane', 'Jane Doe'],
    ['{{replace A "^" "x$$"}}', 'a', 'x$a'],
    ['{{replace A "b|(c)" "($1)"}}', 'abc', 'a()(c)'],
    ['{{replace A "x" "y"}}', 'abc', 'abc'],
    ['{{replace A ".*" ""}}', 'abc', ''],
    ['{{replace A "$9" ""}}', 'abc', 'abc'],
    ['{{slice A 1 5}}', '02139-4307', '02139'],
    ['{{slice A -4}}', '123456789', '6789'],
    ['{{slice A 2}}', 'abc', 'bc'],
    ['{{slice A 2 2}}', 'abc', 'b'],
    ['{{slice A 3 2}}', 'abc', ''],
    ['{{slice A -9 -2}}', 'abc', 'ab'],
    ['{{slice A 1 1}}', '𝟔1', '𝟔'],
    ['{{split A "," 1}}', 'Doe, Jane', 'Doe'],
    ['{{split A "," 2}}', 'Doe, Jane', 'Jane'],
    ['{{split A "," -1}}', 'a,b,c', 'c'],
    ['{{split A "," 3}}', 'a,b', ''],
    ['{{split A "," -3}}', 'a,b', ''],
  ])('%s with %j is %j', (text, A, expected) => {
    expect(expression(text, { A })).toBe(expected);
  });

  it.each([
    ['Jane', '', 'Jane '],
    ['', 'Doe', ' Doe'],
    ['', ' ', ''],
  ])('concat A " " B of %j and %j is %j', (A, B, expected) => {
    expect(expression('{{concat A " " B}}', { A, B })).toBe(expected);
  });

  it('replace rejects a value that is too long for it, and takes no long time for one that is not', () => {
    const replace = (length: number) => expression('{{replace A "a(.*b)?" ""}}', { A: 'a'.repeat(length) });
    expect(() => replace(4097)).toThrow('value_too_long');
    expect(cpuTimeOf(() => expect(replace(4096)).toBe(''))).toBeLessThan(5000);
  });
});

describe('title', () => {
  it.each([
    ['MCDONALD', 'McDonald'],
    ["O'NEILL", "O'Neill"],
    ['O’NEILL', 'O’Neill'],
    ["d'angelo", "D'Angelo"],
    ['SMITH-JONES', 'Smith-Jones'],
    ['DE LA CRUZ', 'De La Cruz'],
    ['de la Cruz', 'de la Cruz'],
    ['McDonald', 'McDonald'],
    ['MacLeod', 'MacLeod'],
    ['MACK', 'Mack'],
    ["ST. JOHN'S HALL", "St. John's Hall"],
    ['JOHN SMITH III', 'John Smith III'],
    ['VI', 'Vi'],
    ['ÉLODIE ÖZIL', 'Élodie Özil'],
    ['JOSE\u0301', 'Jose\u0301'],
    ['', ''],
  ])('%j is %j', (A, expected) => {
    expect(expression('{{title A}}', { A })).toBe(expected);
  });

  it('takes time in line with the value', () => {
    expect(cpuTimeOf(() => expression('{{title A}}', { A: "A'".repeat(30_000) }))).toBeLessThan(1000);
  });
});

describe('a phone in several columns', () => {
  it.each([
    [['617', '', '5550123'], '617-555-0123'],
    [['617', '555', '0123'], '617-555-0123'],
    [['(617)', '', '555-0123'], '617-555-0123'],
    [['1', '617', '5550123'], '1-617-555-0123'],
    [['', '', '555-0123'], '555-0123'],
    [['44', '20', '79460000'], '44-20-79460000'],
    [['617', '555', ''], ''],
  ])('%j is %j', ([A = '', B = '', C = ''], expected) => {
    expect(expression('{{phone A B C}}', { A, B, C })).toBe(expected);
  });
});
