import { dayOf, monthsAfter } from '../../core/clock.ts';
import { isBlank, strip } from '../blanks.ts';
import type { LookupTables } from '../lookup-tables.ts';
import { RejectedPerson } from '../rejected-person.ts';
import { compileWholePattern, type WholePattern } from './whole-pattern.ts';

/** What an expression's functions may look at besides their arguments. */
export interface RunFacts {
  /** The run's time, from which all dates are counted. */
  readonly now: Date;
  readonly lookups: LookupTables;
}

/** A function that an expression may call: `{{phone OFFICE_PHONE}}`. Listed for librarians in docs/templates.md. */
export interface ExpressionFunction {
  /** Least and greatest number of arguments. */
  readonly takes: readonly [number, number];
  /** Checks arguments that are written down in the template; returns what is wrong, or null. */
  readonly checkWritten?: (written: readonly (string | null)[], run: RunFacts) => string | null;
  readonly call: (values: readonly string[], run: RunFacts) => string | boolean;
}

const at = (values: readonly string[], index: number): string => values[index] ?? '';

const patterns = new Map<string, WholePattern>();

/** Patterns come from templates, so there are few. */
function wholePattern(source: string): WholePattern {
  const known = patterns.get(source);
  if (known) return known;
  const made = compileWholePattern(source);
  patterns.set(source, made);
  return made;
}

/** North American numbers: ten digits, or eleven with the country's 1; any script's digits, as the sources have them. */
const phoneNumber = /(?<!\p{Nd})(1?)(\p{Nd}{3})(\p{Nd}{3})(\p{Nd}{4})(?!\p{Nd})/gu;

const datePattern = /YYYY|MM|DD/g;

export const expressionFunctions: Readonly<Record<string, ExpressionFunction>> = {
  lookup: {
    takes: [2, 2],
    checkWritten: ([map], { lookups }) => {
      if (map === null || map === undefined)
        return 'the first argument of lookup is the name of a lookup table, in quotes';
      return lookups.has(map) ? null : `no lookup table is called "${map}"${lookups.suggest(map)}`;
    },
    call: (values, { lookups }) => lookups.look(at(values, 0), at(values, 1)),
  },
  date: {
    takes: [1, 2],
    checkWritten: ([, pattern]) =>
      pattern === undefined || (pattern !== null && new Set(pattern.match(datePattern)).size === 3)
        ? null
        : 'the second argument of date is a pattern with YYYY, MM and DD, in quotes',
    call: (values) => readDate(at(values, 0), values[1] ?? 'YYYY-MM-DD'),
  },
  differs: {
    takes: [2, 2],
    call: (values) => (at(values, 0).toLowerCase() === at(values, 1).toLowerCase() ? '' : at(values, 0)),
  },
  except: {
    takes: [2, 20],
    call: ([value = '', ...words]) => {
      const stripped = strip(value);
      return words.some((word) => word.toLowerCase() === stripped.toLowerCase()) ? '' : stripped;
    },
  },
  first: { takes: [1, 20], call: (values) => values.find((value) => value !== '' && !isBlank(value)) ?? '' },
  lower: { takes: [1, 1], call: (values) => at(values, 0).toLowerCase() },
  matches: {
    takes: [2, 2],
    checkWritten: ([, pattern]) => {
      if (pattern === null || pattern === undefined)
        return 'the second argument of matches is a regular expression, in quotes';
      try {
        wholePattern(pattern);
        return null;
      } catch (error) {
        return `"${pattern}" ${error instanceof Error ? error.message : ''}`;
      }
    },
    call: (values) => wholePattern(at(values, 1)).test(at(values, 0)),
  },
  months: {
    takes: [1, 1],
    checkWritten: ([months]) =>
      months !== null && /^-?\d{1,4}$/.test(months ?? '') ? null : 'the argument of months is a whole number',
    call: (values, { now }) => monthsAfter(now, Number(at(values, 0))),
  },
  phone: {
    takes: [1, 1],
    call: (values) =>
      at(values, 0).replace(
        phoneNumber,
        (_, country: string, area: string, exchange: string, line: string) =>
          `${country && `${country}-`}${area}-${exchange}-${line}`,
      ),
  },
  strip: { takes: [1, 1], call: (values) => strip(at(values, 0)) },
  today: { takes: [0, 0], call: (_, { now }) => dayOf(now) },
  upper: { takes: [1, 1], call: (values) => at(values, 0).toUpperCase() },
};

/** Reads a day written by `pattern`; what follows it (a time) is ignored. Empty stays empty. */
function readDate(value: string, pattern: string): string {
  const text = strip(value);
  if (text === '') return '';
  const parts: Record<string, string> = {};
  let position = 0;
  for (const piece of pattern.split(/(YYYY|MM|DD)/)) {
    const found = text.slice(position, position + piece.length);
    position += piece.length;
    if (/^(YYYY|MM|DD)$/.test(piece)) parts[piece] = found;
    else if (found !== piece) throw new RejectedPerson('unreadable_date');
  }
  const day = `${parts.YYYY}-${parts.MM}-${parts.DD}`;
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new RejectedPerson('unreadable_date');
  return day;
}
