import { describe, expect, it } from 'vitest';
import { around, compile, fillOnce, problemsIn } from '../../support/templates.ts';

const dates = (expiry: string, purge: string) =>
  `${expiry && `<expiry_date>${expiry}</expiry_date>\n`}${purge && `<purge_date>${purge}</purge_date>`}`;

describe('dates that everybody has', () => {
  it.each([
    [
      '',
      '2020-01-20Z',
      ['  - line 3: purge_date is 2020-01-20 for every user, which is before the day of the run'],
    ],
    [
      '2026-02-28',
      '',
      ['  - line 3: expiry_date is 2026-02-28 for every user, which is before the day of the run'],
    ],
    ['2027-01-01', '2026-12-31', ['  - line 4: purge_date is 2026-12-31, before expiry_date, 2027-01-01']],
    [
      '{{months 30}}Z',
      '{{months 6}}Z',
      ['  - line 4: purge_date is 2026-09-01, before expiry_date, 2028-09-01'],
    ],
    [
      '{{months -1}}',
      '',
      ['  - line 3: expiry_date is 2026-02-01 for every user, which is before the day of the run'],
    ],
    ['', '2099-12-31', ['  - line 3: purge_date is 2099-12-31 for every user, more than 30 years ahead']],
    ['2026-03-01', '2026-03-01Z', []],
    ['{{months 6}}Z', '{{months 30}}Z', []],
    ['{{A}}', '2030-01-01', []],
  ])('%s and %s', (expiry, purge, problems) => {
    expect(problemsIn(around(dates(expiry, purge)))).toEqual(problems);
  });

  it('are those of the user, not of a role or a note', () => {
    const role = '<user_roles><user_role><expiry_date>2020-01-01</expiry_date></user_role></user_roles>';
    expect(problemsIn(around(role))).toEqual([]);
  });
});

describe('dates of a person', () => {
  const template = compile(around(dates('{{A}}', '{{B}}')));
  const outcome = (A: string, B: string) => {
    try {
      return template.fill({ ID: 'p1', A, B }).ends;
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };

  it.each([
    ['2027-01-01', '2026-12-31', 'purge_too_early'],
    ['2027-01-01', '2027-01-01Z', 'as usual'],
    ['', '2026-02-28', 'purge_too_early'],
    ['2026-02-28', '2026-02-28Z', 'purge_too_early'],
    ['2026-02-28', '2026-03-01', 'expired'],
    ['2026-02-28+05:00', '', 'expired'],
    ['2026-03-01', '', 'as usual'],
    ['2030-01-01', '2099-01-01', 'far ahead'],
    ['', '', 'as usual'],
  ])('%s and %s', (expiry, purge, expected) => {
    expect(outcome(expiry, purge)).toBe(expected);
  });

  it('are not those of the person before', () => {
    expect(outcome('2027-01-01', '2028-01-01')).toBe('as usual');
    expect(outcome('2026-02-01', '')).toBe('expired');
    expect(outcome('', '2026-12-01')).toBe('as usual');
  });

  it('are compared with those that everybody has', () => {
    expect(() => fillOnce(dates('{{months 6}}', '{{B}}'), { B: '2026-08-31' })).toThrow('purge_too_early');
    expect(fillOnce(dates('{{months 6}}', '{{B}}'), { B: '2026-09-01' }).ends).toBe('as usual');
  });
});
