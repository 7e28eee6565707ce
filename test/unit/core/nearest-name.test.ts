import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../src/core/nearest-name.ts';

describe('a suggestion', () => {
  it.each([
    ['frist_name', ['last_name', 'first_name'], ', did you mean "first_name"?'],
    ['EMAIL', ['Email'], ', did you mean "Email"?'],
    ['x', ['y'], ', did you mean "y"?'],
    ['phone', ['birth_date', 'gender'], ''],
    ['phone', [], ''],
  ])('for %s among %j', (name, known, expected) => {
    expect(didYouMean(name, known)).toBe(expected);
  });
});
