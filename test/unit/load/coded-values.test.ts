import { describe, expect, it } from 'vitest';
import { codedElements } from '../../../src/load/coded-values.ts';
import { LookupTables, parseLookupTable } from '../../../src/load/lookup-tables.ts';

const tables = new LookupTables(
  new Map([
    [
      'groups',
      { ...parseLookupTable('FAC,10\nSTU,01\nNONE,""\n', 'groups.csv'), fallback: '26', isOptional: false },
    ],
    ['ranks', { ...parseLookupTable('F,*,10\nF,A,11\n', 'ranks.csv'), fallback: '', isOptional: false }],
  ]),
);

const codesOf = (group: string) =>
  codedElements('a.xml', `<user>\n<user_group>${group}</user_group>\n</user>`, tables).flatMap(({ values }) =>
    values.map(({ code, place }) => `${code} ${place}`),
  );

describe('the codes that a template may write', () => {
  it.each([
    ['10', ['10 a.xml, line 2']],
    [' 10 ', ['10 a.xml, line 2']],
    ['{{GROUP}}', []],
    ['A{{GROUP}}', []],
    [
      '{{lookup "groups" GROUP}}',
      ['10 lookup table groups', '01 lookup table groups', '26 lookup table groups'],
    ],
    ['{{lookup "ranks" A B}}', ['11 lookup table ranks', '10 lookup table ranks']],
    [
      '{{first (lookup "ranks" A B) "99"}}',
      ['99 a.xml, line 2', '11 lookup table ranks', '10 lookup table ranks'],
    ],
    ['{{#if A}}01{{else if B}}02{{else}}{{C}}{{/if}}', ['01 a.xml, line 2', '02 a.xml, line 2']],
    ['{{#if A}}x{{B}}{{/if}}', []],
    ['', []],
  ])('are found in %s', (group, codes) => {
    expect(codesOf(group)).toEqual(codes);
  });

  it('are found in every item of a list, and only where Alma has a table', () => {
    const xml = `<user><primary_id>{{ID}}</primary_id><job_description>x</job_description><user_identifiers>
      <user_identifier><id_type>01</id_type><value>{{A}}</value></user_identifier>
      <user_identifier><id_type>02</id_type><value>{{B}}</value></user_identifier>
    </user_identifiers></user>`;
    const found = codedElements('a.xml', xml, tables);
    expect(found.map(({ path, values }) => [path, values.map(({ code }) => code)])).toEqual([
      ['user_identifiers/user_identifier/id_type', ['01']],
      ['user_identifiers/user_identifier/id_type', ['02']],
    ]);
  });
});
