import { safeText } from '../../../core/safe-text.ts';
import { isBlank, strip } from '../../blanks.ts';
import { RejectedPerson } from '../../rejected-person.ts';
import { compilePattern } from '../linear-pattern.ts';
import { sameWord } from './conditions.ts';
import { type Call, type ExpressionFunctions, type Known, many, plain } from './expression-function.ts';
import { dashed, joinedPhone } from './phone-numbers.ts';
import { titleCase } from './title-case.ts';

/** Characters of a value in which `replace` looks. The time for all matches may grow with the square of the value. */
const maxReplaced = 4096;

const wholeNumber = /^-?\d{1,4}$/;

/** What is wrong with an argument that must be a whole number other than 0 and known; null for nothing. */
function notCounted(known: Known, what: string): string | null {
  return typeof known === 'string' && wholeNumber.test(known) && Number(known) !== 0
    ? null
    : `${what} must be a whole number: 1 is the first, -1 the last`;
}

/** The characters from one place to another, both counted from 1, or from the end where they are negative. */
function slice(value: string, from: number, to: number): string {
  const characters = [...value];
  const start = from > 0 ? from - 1 : Math.max(0, characters.length + from);
  const end = to > 0 ? to : characters.length + to + 1;
  return characters.slice(start, Math.max(start, end)).join('');
}

/** `$1` for what the first brackets fit, `$$` for the sign itself. */
const groupMark = /\$([$\d])/g;

function replace(pattern: string, replacement: string): Call | string {
  try {
    const compiled = compilePattern(pattern);
    const lacking = [...replacement.matchAll(groupMark)].find(
      ([, sign]) => Number(sign) > compiled.groupCount(),
    );
    if (lacking) return `"${lacking[0]}" refers to a group that "${safeText(pattern)}" does not have`;
    return ([value = '']) => {
      if (value.length > maxReplaced) throw new RejectedPerson('value_too_long', '', null, 'replace');
      const matcher = compiled.matcher(value);
      let replaced = '';
      let end = 0;
      while (matcher.find()) {
        replaced += value.slice(end, matcher.start());
        replaced += replacement.replace(groupMark, (_, sign: string) =>
          sign === '$' ? '$' : (matcher.group(Number(sign)) ?? ''),
        );
        end = matcher.end();
      }
      return end === 0 && replaced === '' ? value : replaced + value.slice(end);
    };
  } catch (error) {
    return `"${safeText(pattern)}" ${error instanceof Error ? error.message : ''}`;
  }
}

const split = (value: string, separator: string): string[] => value.split(separator).map(strip);

/** What cuts, joins and rewrites texts. */
export const textFunctions: ExpressionFunctions = {
  after: plain(2, 2, ([value = '', mark = '']) => {
    const at = value.indexOf(mark);
    return at < 0 ? '' : strip(value.slice(at + mark.length));
  }),
  before: plain(2, 2, ([value = '', mark = '']) => {
    const at = value.indexOf(mark);
    return at < 0 ? value : strip(value.slice(0, at));
  }),
  concat: {
    takes: [2, many],
    prepare: (known) => {
      const rowValues = known.flatMap((each, index) => (each === null ? [index] : []));
      // As in a text of an element: constants around nothing are nothing.
      return (values) =>
        rowValues.length > 0 && rowValues.every((index) => isEmpty(values[index] ?? ''))
          ? ''
          : values.join('');
    },
  },
  differs: plain(2, 2, ([a = '', b = '']) => (a.toLowerCase() === b.toLowerCase() ? '' : a)),
  digits: plain(1, 1, ([value = '']) => value.replace(/[^0-9]/g, '')),
  except: plain(2, many, ([value = '', ...words]) =>
    words.some((word) => sameWord(value, word)) ? '' : strip(value),
  ),
  first: plain(1, many, (values) => values.find((value) => !isEmpty(value)) ?? ''),
  lower: plain(1, 1, ([value = '']) => value.toLowerCase()),
  pad: {
    takes: [2, 3],
    prepare: ([, length, filler = '0']) => {
      if (typeof length !== 'string' || !/^[1-9]\d{0,2}$/.test(length))
        return 'the second argument of pad must be a length, a whole number from 1 to 999';
      if (typeof filler !== 'string' || [...filler].length !== 1)
        return 'the third argument of pad must be one character, in quotes';
      return ([value = '']) => {
        const stripped = strip(value);
        return stripped === '' ? '' : stripped.padStart(Number(length), filler);
      };
    },
  },
  phone: {
    takes: [1, 5],
    prepare: ({ length }) => (length === 1 ? ([value = '']) => dashed(value) : joinedPhone),
  },
  replace: {
    takes: [3, 3],
    prepare: ([, pattern, replacement]) =>
      typeof pattern === 'string' && typeof replacement === 'string'
        ? replace(pattern, replacement)
        : 'replace takes a value, a regular expression and a replacement, both in quotes',
  },
  slice: {
    takes: [2, 3],
    prepare: ([, from, to = '-1']) =>
      notCounted(from, 'the second argument of slice') ??
      notCounted(to, 'the third argument of slice') ??
      (([value = '']) => slice(value, Number(from), Number(to))),
  },
  split: {
    takes: [2, 3],
    prepare: ([, separator, place]) => {
      if (place === undefined)
        return 'split with two arguments makes a list, for the attribute each; a third argument chooses one part';
      if (typeof separator !== 'string' || separator === '')
        return 'the second argument of split must be the separator, in quotes';
      return (
        notCounted(place, 'the third argument of split') ??
        (([value = '']) =>
          split(value, separator).at(Number(place) > 0 ? Number(place) - 1 : Number(place)) ?? '')
      );
    },
  },
  strip: plain(1, 1, ([value = '']) => strip(value)),
  title: plain(1, 1, ([value = '']) => titleCase(value)),
  upper: plain(1, 1, ([value = '']) => value.toUpperCase()),
};

const isEmpty = (value: string): boolean => value === '' || isBlank(value);

/** The values of a list in one column: without blanks around them, each once, and none that is empty. */
export function listOf(value: string, separator: string): readonly string[] {
  return [...new Set(split(value, separator))].filter((each) => !isEmpty(each));
}
