import { describe, expect, it } from 'vitest';
import { LookupTables, parseLookupTable } from '../../../../../src/load/lookup-tables.ts';
import { compileTemplate } from '../../../../../src/load/template/user-template.ts';
import { cpuTimeOf } from '../../../../support/cpu-time.ts';
import { readXml, textsAt } from '../../../support/read-xml.ts';
import { around, compile, expression, runFacts } from '../../../support/templates.ts';

const terms = [
  { code: '202610', start: '2026-01-12', end: '2026-05-08' },
  { code: '202620', start: '2026-05-25', end: '2026-08-14' },
  { code: '202625', start: '2026-06-01', end: '2026-07-10' },
  { code: '202640', start: '2026-08-24', end: '2026-12-18' },
];
const calendars = { terms };

describe('term', () => {
  it.each([
    ['the end by code', '{{term "terms" A "end"}}', '202610', '2026-05-08'],
    ['the start by code', '{{term "terms" A "start"}}', ' 202640 ', '2026-08-24'],
    ['the code by day', '{{term "terms" A "code"}}', '2026-05-08T12:00:00', '202610'],
    ['of terms that overlap the one that ends last', '{{term "terms" A "code"}}', '2026-06-15', '202620'],
    ['the next one between terms', '{{term "terms" A "code"}}', '2026-05-20', '202620'],
    ['the first one before all', '{{term "terms" A "code"}}', '2020-01-01', '202610'],
    ['nothing for nothing', '{{term "terms" A "end"}}', '', ''],
    ['the term of the run', '{{days 120 (term "terms" (today) "end")}}', '', '2026-09-05'],
  ])('gives %s', (_, text, A, expected) => {
    expect(expression(text, { A }, { calendars })).toBe(expected);
  });

  it.each(['202699', '2026-12-19', 'x'])('rejects the person for %s', (A) => {
    expect(() => expression('{{term "terms" A "end"}}', { A }, { calendars })).toThrow('unknown_term');
  });
});

describe('country', () => {
  it.each([
    ['United States', 'USA'],
    [' usa ', 'USA'],
    ['US', 'USA'],
    ['U.S.A.', 'USA'],
    ['840', 'USA'],
    ['Virgin Islands, U.S.', 'VIR'],
    ['U.K.', 'GBR'],
    ['gb', 'GBR'],
    ['UK', 'GBR'],
    ['Scotland', 'GBR'],
    ['Viet Nam', 'VNM'],
    ["Cote d'Ivoire", 'CIV'],
    ["Côte d'Ivoire", 'CIV'],
    ['Türkiye', 'TUR'],
    ['Korea, Republic of', 'KOR'],
    ['', ''],
    ['Atlantis', ''],
    ['constructor', ''],
  ])('of %j is %j', (A, expected) => {
    expect(expression('{{country A}}', { A })).toBe(expected);
  });

  it('takes no time for what it does not know', () => {
    const template = compile(around('<gender>{{country A}}</gender>'));
    const fill = () => {
      for (let count = 0; count < 3000; count += 1) template.fill({ ID: 'p', A: `Atlantis ${count}` });
    };
    expect(cpuTimeOf(fill)).toBeLessThan(1000);
  });

  it('lists what it does not know, as a lookup table does', () => {
    const run = runFacts();
    const template = compileTemplate('x.xml', around('<gender>{{country A}}</gender>'), run, {
      required: [],
      allowed: {},
    });
    for (const A of ['', 'DE', 'XX', 'XX']) template.fill({ ID: 'p', A });
    expect(run.lookups.unmapped()).toEqual({ country: { XX: 2 } });
  });
});

describe('lookup by several columns', () => {
  const rules =
    'type,level,campus,group\nSTU,GR,*,GRAD\nSTU,UG,LAW,LAWUG\nSTU,*,*,UNDERGRAD\n*,*,LAW,LAWGUEST\n';
  const filled = (rows: readonly (readonly string[])[], isOptional = false) => {
    const tables = new Map([
      ['groups', { ...parseLookupTable(rules, 'groups.csv'), fallback: 'GUEST', isOptional }],
    ]);
    const run = { ...runFacts(), lookups: new LookupTables(tables) };
    const xml = around('<user_group>{{lookup "groups" TYPE LEVEL CAMPUS}}</user_group>');
    const template = compileTemplate('x.xml', xml, run, { required: [], allowed: {} });
    const groups = rows.flatMap(([TYPE = '', LEVEL = '', CAMPUS = '']) =>
      textsAt(readXml(template.fill({ ID: 'p', TYPE, LEVEL, CAMPUS }).xml), 'user_group'),
    );
    return { groups, unmapped: run.lookups.unmapped() };
  };

  it('takes the line that has exactly these, else the first whose * fit', () => {
    const rows = [
      ['STU', 'GR', 'LAW'],
      ['STU', 'UG', ' LAW '],
      ['STU', 'UG', ''],
      ['EMP', '', 'LAW'],
      ['EMP', '', 'MAIN'],
    ];
    expect(filled(rows)).toEqual({
      groups: ['GRAD', 'LAWUG', 'UNDERGRAD', 'LAWGUEST', 'GUEST'],
      unmapped: { groups: { 'EMP||MAIN': 1 } },
    });
  });

  it('lists nothing where the table is optional', () => {
    expect(filled([['EMP', '', 'MAIN']], true)).toEqual({ groups: ['GUEST'], unmapped: {} });
  });
});
