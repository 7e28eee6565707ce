import { describe, expect, it } from 'vitest';
import { expression } from '../../../support/templates.ts';

describe('conditions', () => {
  it.each([
    ['is A "Staff"', ' STAFF ', 'yes'],
    ['is A "Staff"', 'staffs', ''],
    ['is A "01"', '1', ''],
    ['in A "F" "S"', 's', 'yes'],
    ['in A "F" "S"', '', ''],
    ['not (in A "F" "S")', 'G', 'yes'],
    ['not A', '', 'yes'],
    ['and A (is A "0")', '0', 'yes'],
    ['and A (is A "1")', '0', ''],
    ['or (is A "1") (matches A "[2-4]")', '3', 'yes'],
    ['or (is A "1") (matches A "[2-4]")', '5', ''],
    ['less A 18', '9', 'yes'],
    ['less A 18', '18', ''],
    ['less A 18', '-1.5', 'yes'],
    ['less A 18', '', ''],
    ['less A 18', 'x', ''],
    ['less A (today)', '2026-02-28T23:59:59', 'yes'],
    ['less A (today)', '2026-03-01', ''],
    ['less (age A) 18', '2009-01-01', 'yes'],
  ])('%s with %j is %j', (condition, A, expected) => {
    expect(expression(`{{#if (${condition})}}yes{{/if}}`, { A })).toBe(expected);
  });
});
