import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCases } from '../../../../src/load/cases/parse-cases.ts';
import { recordCase, withCase } from '../../../../src/load/cases/record-case.ts';
import { runCase } from '../../../../src/load/cases/run-case.ts';
import { compileTemplate } from '../../../../src/load/template/user-template.ts';
import { runFacts } from '../../support/templates.ts';

const xml = `<user>
<primary_id>{{lower LOGIN}}@example.edu</primary_id>
<last_name>{{LAST}}</last_name>
<pref_last_name>{{differs PREFERRED LAST}}</pref_last_name>
<user_group>{{lookup "groups" TYPE}}</user_group>
<job_category>{{JOB}}</job_category>
<gender>{{#if (matches SEX "[MF]")}}{{SEX}}{{/if}}</gender>
<campus_code>{{#if (is CAMPUS "Main campus")}}MAIN{{/if}}</campus_code>
<birth_date>{{date BIRTH "M/D/YYYY"}}</birth_date>
<expiry_date>{{days 120 (date END "DD-MON-YY")}}</expiry_date>
<contact_info><addresses><address><line1>{{STREET}}</line1><country>{{country COUNTRY}}</country><address_types><address_type>home</address_type></address_types></address></addresses>
<emails><email><email_address>{{EMAIL}}</email_address><email_types><email_type>work</email_type></email_types></email></emails></contact_info>
<user_identifiers><user_identifier><id_type>BARCODE</id_type><value>{{#if (matches CARD "2[0-9]{13}")}}{{CARD}}{{/if}}</value></user_identifier></user_identifiers>
<user_statistics><user_statistic each="{{split MAJORS ';'}}"><statistic_category>{{lookup "majors" this}}</statistic_category></user_statistic></user_statistics>
</user>`;
const run = runFacts({ lookups: { groups: { STU: 'UG' }, majors: { BIOL: '1', CHEM: '2' } } });
const template = compileTemplate('person.xml', xml, run, { required: [], allowed: {} });
const real = {
  LOGIN: 'JDOE42',
  LAST: "O'Neill-Ärzte",
  PREFERRED: "O'NEILL-ÄRZTE",
  TYPE: 'STU',
  JOB: 'LIB-7',
  SEX: 'F',
  CAMPUS: 'MAIN CAMPUS',
  BIRTH: '3/14/2001',
  END: '31-MAY-27',
  STREET: '12 Elm Street, Apt 007',
  COUNTRY: 'Germany',
  EMAIL: 'jdoe42@families.example',
  CARD: '20000000000001',
  MAJORS: 'BIOL;CHEM',
  UNUSED: '',
};

/** Numbers that repeat for a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const record = (row: Readonly<Record<string, string>>, seed = 1) =>
  recordCase(row, template, run, {
    title: 'one',
    person: row.LOGIN ?? '',
    values: 'trim',
    random: seeded(seed),
  }).recorded;
const shapeOf = (value: string) =>
  value
    .replace(/\p{Lu}/gu, 'A')
    .replace(/\p{Ll}/gu, 'a')
    .replace(/\d/g, '9');

describe('a recorded case', () => {
  it('has values of the same shapes, codes as they are, and the same word for the same', () => {
    const { row } = record(real);
    for (const name of ['LOGIN', 'LAST', 'PREFERRED', 'STREET', 'CARD'] as const) {
      expect(row[name]).not.toBe(real[name]);
      expect(shapeOf(row[name] ?? '')).toBe(shapeOf(real[name]));
    }
    const { TYPE, JOB, SEX, CAMPUS, COUNTRY, MAJORS } = real;
    expect(row).toMatchObject({ TYPE, JOB, SEX, CAMPUS, COUNTRY, MAJORS });
    expect(row.EMAIL).toBe(`${row.LOGIN?.toLowerCase()}@example.edu`);
    expect(row.PREFERRED).toBe(row.LAST?.toUpperCase());
    expect(row.CARD).toMatch(/^2/);
    expect(row.BIRTH).toMatch(/^\d\/1[0-2]\/2001$/);
    expect(row.END).toMatch(/^1[0-2]-MAY-27$/);
    expect(Object.keys(row)).not.toContain('UNUSED');
  });

  it('expects what the template makes of the invented row', () => {
    const { expect: expected } = record(real);
    expect(expected).toMatchObject({
      user_group: 'UG',
      pref_last_name: null,
      'user_statistics.user_statistic[1].statistic_category': '1',
      'user_statistics.user_statistic[2].statistic_category': '2',
    });
    expect(Object.keys(expected ?? {})).not.toContain(
      'contact_info.emails.email[1].email_types.email_type[1]',
    );
  });

  it('passes, and says nothing of the person, for any row', () => {
    const text = fc.string({ unit: 'binary', minLength: 4, maxLength: 12 });
    const row = fc.record({
      LOGIN: text,
      LAST: text,
      STREET: text,
      EMAIL: text,
      END: text,
      CARD: text,
    });
    fc.assert(
      fc.property(row, fc.nat(), (values, seed) => {
        const yaml = withCase(null, 'person.test.yaml', record(values, seed));
        const [found] = parseCases(yaml, 'person.test.yaml');
        expect(found && runCase(found, template, 'trim', null)).toEqual([]);
        for (const value of [values.LAST, values.STREET, values.END].filter((each) => /[a-z]{4}/i.test(each)))
          expect(yaml).not.toContain(value);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps no key of a person, also where a table has it, and says when the row fares otherwise', () => {
    const lists = runFacts({ lookups: { ignored: { A12345: 'x' } } });
    const ignoring = compileTemplate(
      'x.xml',
      '<user><primary_id>{{#unless (is (lookup "ignored" ID) "x")}}{{LOGIN}}{{/unless}}</primary_id></user>',
      lists,
      { required: [], allowed: {} },
    );
    const recording = { title: '', person: 'a12345', values: 'trim', random: seeded(1) } as const;
    const { recorded, faresAlike } = recordCase({ ID: 'A12345', LOGIN: 'jdoe' }, ignoring, lists, recording);
    expect(recorded.row.ID).toMatch(/^(?!A12345)[A-Z]\d{5}$/);
    expect([recorded.rejects, faresAlike]).toEqual([undefined, false]);
  });

  it('invents what stands in a column of dates and is none', () => {
    for (const END of ['Jane Doe', '31-MARY-27', 'MAYA 5']) {
      const { row } = record({ ...real, END });
      expect(row.END).not.toMatch(/Jane|Doe|MARY|MAYA/);
      expect(shapeOf(row.END ?? '')).toBe(shapeOf(END));
    }
  });

  it('of a row that is rejected expects the reason', () => {
    expect(record({ ...real, END: 'soon' }).rejects).toEqual({
      reason: 'unreadable_date',
      element: 'expiry_date',
    });
  });

  it('is put behind others, whose comments stay', () => {
    const before = '# ours\ncases:\n  # the first\n  - { case: a, expect: { primary_id: x } }\n';
    const text = withCase(before, 'person.test.yaml', record(real));
    expect(text).toContain('# ours\ncases:\n  # the first\n');
    expect(parse(text).cases.map(({ case: title }: { case: string }) => title)).toEqual(['a', 'one']);
    expect(() => withCase('cases: none', 'person.test.yaml', record(real))).toThrow('no list of cases');
  });
});

describe('a date is invented in its form', () => {
  it.each([
    ['2027-05-31', /^2027-(0[1-9])-1[0-2]$/],
    ['20270531143000', /^2027(1[0-2])(1[0-2])143000$/],
    ['5/31/2027', /^[1-9]\/1[0-2]\/2027$/],
    ['05/06/27', /^0[1-9]\/0[1-9]\/27$/],
    ['46538', /^46[0-9]{3}$/],
    ['31-MAY-2027', /^1[0-2]-MAY-2027$/],
    ['September 5, 2027', /^September [1-9], 2027$/],
  ])('%s', (A, expected) => {
    const dated = compileTemplate(
      'x.xml',
      '<user><primary_id>{{ID}}</primary_id><expiry_date>{{date A "YYYYMMDD" "YYYY-MM-DD" "M/D/YYYY" "M/D/YY" "excel" "DD-MON-YYYY" "MONTH D, YYYY"}}</expiry_date></user>',
      run,
      { required: [], allowed: {} },
    );
    const recording = { title: '', person: 'abcd', values: 'trim', random: seeded(3) } as const;
    const { row } = recordCase({ ID: 'abcd', A }, dated, run, recording).recorded;
    expect(row.A).toMatch(expected);
  });
});
