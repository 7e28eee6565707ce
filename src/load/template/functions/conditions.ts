import { safeText } from '../../../core/safe-text.ts';
import { strip } from '../../blanks.ts';
import { compileWholePattern } from '../linear-pattern.ts';
import { type ExpressionFunctions, many, plain } from './expression-function.ts';

/** Words are compared as people compare them: blanks around them and capitals do not count. */
export const sameWord = (a: string, b: string): boolean =>
  a === b || strip(a).toLowerCase() === strip(b).toLowerCase();

const number = /^[+-]?\d{1,15}(\.\d{1,15})?$/;
const day = /^\d{4}-\d\d-\d\d/;

/** Numbers and days have an order that no one doubts; of all else nothing is less. */
function isLess(a: string, b: string): boolean {
  if (number.test(a) && number.test(b)) return Number(a) < Number(b);
  return day.test(a) && day.test(b) && a.slice(0, 10) < b.slice(0, 10);
}

/** What conditions are made of. */
export const conditionFunctions: ExpressionFunctions = {
  and: plain(2, many, (values) => values.every((value) => value !== '')),
  in: plain(2, many, ([value = '', ...words]) => words.some((word) => sameWord(value, word))),
  is: plain(2, 2, ([value = '', word = '']) => sameWord(value, word)),
  less: plain(2, 2, ([a = '', b = '']) => isLess(strip(a), strip(b))),
  matches: {
    takes: [2, 2],
    prepare: ([, pattern]) => {
      if (typeof pattern !== 'string')
        return 'the second argument of matches must be a regular expression, in quotes';
      try {
        const compiled = compileWholePattern(pattern);
        return ([value = '']) => compiled.test(value);
      } catch (error) {
        return `"${safeText(pattern)}" ${error instanceof Error ? error.message : ''}`;
      }
    },
  },
  not: plain(1, 1, ([value = '']) => value === ''),
  or: plain(2, many, (values) => values.some((value) => value !== '')),
};
