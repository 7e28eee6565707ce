import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectedPerson } from '../../../../../src/load/rejected-person.ts';
import { expressionFunctions } from '../../../../../src/load/template/functions.ts';
import { hostileValue } from '../../../support/hostile-values.ts';
import { readXml } from '../../../support/read-xml.ts';
import { around, compile } from '../../../support/templates.ts';

/** Each function with columns where it takes any. */
const calls: Readonly<Record<string, string>> = {
  after: '{{after A B}}',
  age: '{{age A B}}',
  and: '{{and A B}}',
  before: '{{before A B}}',
  concat: '{{concat A "x" B}}',
  country: '{{country A}}',
  date: '{{date A "YYYY-MM-DD" "M/D/YY" "DD-MON-YYYY" "YYYYMMDD" "excel" 30}}',
  days: '{{days A B}}',
  differs: '{{differs A B}}',
  digits: '{{digits A}}',
  earliest: '{{earliest A B}}',
  except: '{{except A B}}',
  first: '{{first A B}}',
  in: '{{in A B "x"}}',
  is: '{{is A B}}',
  latest: '{{latest A B}}',
  less: '{{less A B}}',
  lookup: '{{lookup "codes" A}}',
  lower: '{{lower A}}',
  matches: '{{matches A "[a-z]+|\\s*"}}',
  months: '{{months A B}}',
  not: '{{not A}}',
  or: '{{or A B}}',
  pad: '{{pad A 9 "𝟔"}}',
  phone: '{{phone A B}}{{phone A}}',
  replace: '{{replace A "(\\s)|(.)" "$1$2$$"}}',
  slice: '{{slice A -3 2}}{{slice A 2}}',
  split: '{{split A "," -2}}',
  strip: '{{strip A}}',
  term: '{{term "terms" A "end"}}',
  title: '{{title A}}',
  today: '{{today}}',
  upper: '{{upper A}}',
};
const setup = {
  lookups: { codes: { a: 'b' } },
  calendars: { terms: [{ code: '1', start: '2026-01-01', end: '2026-05-31' }] },
};

describe('with any value', () => {
  it('are all functions tried', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(expressionFunctions).sort());
  });

  it.each(Object.entries(calls))('%s gives text, or rejects the person and says where', (name, call) => {
    const template = compile(around(`<job_description>${call}</job_description>`), setup);
    const dayLike = fc.stringMatching(/^[0-9]{1,5}[-/ ][0-9A-Z]{1,3}[-/ ][0-9]{2,5}$/);
    const value = fc.oneof(hostileValue, dayLike, fc.integer().map(String));
    fc.assert(
      fc.property(value, value, (A, B) => {
        try {
          readXml(template.fill({ ID: 'p', A, B }).xml);
        } catch (error) {
          if (!(error instanceof RejectedPerson)) throw error;
          expect(error.functionName || name).toBe(name);
          expect(error.element).toMatch(/job_description|column/);
        }
      }),
      { numRuns: 100 },
    );
  });
});
