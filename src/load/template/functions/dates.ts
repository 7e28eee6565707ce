import { dayOf, daysAfter, monthsAfter } from '../../../core/clock.ts';
import { safeText } from '../../../core/safe-text.ts';
import { strip } from '../../blanks.ts';
import { RejectedPerson } from '../../rejected-person.ts';
import { compileDateForm, type ReadDay } from './date-forms.ts';
import {
  type Call,
  type ExpressionFunction,
  type ExpressionFunctions,
  many,
  plain,
} from './expression-function.ts';

/** As `date` writes a day, and databases do. */
const isoForm = compileDateForm('YYYY-MM-DD') as ReadDay;

/** A day that a function was given; '' for none. @throws RejectedPerson */
function readDay(value: string, by: string): string {
  const text = strip(value);
  if (text === '') return '';
  return isoForm(text) ?? unreadable('unreadable_date', by);
}

function unreadable(reason: 'unreadable_date' | 'unreadable_number', by: string): never {
  throw new RejectedPerson(reason, '', null, by);
}

/** A date in the forms that are written down; the first that fits is taken. */
function prepareDate(known: Parameters<ExpressionFunction['prepare']>[0]): Call | string {
  const forms = known.slice(1);
  const last = forms.at(-1);
  const pivot =
    forms.length > 1 && typeof last === 'string' && /^\d\d?$/.test(last) ? Number(last) : undefined;
  if (pivot !== undefined) forms.pop();
  const readers: ReadDay[] = [];
  for (const form of forms.length === 0 ? ['YYYY-MM-DD'] : forms) {
    if (typeof form !== 'string') return 'write date formats in quotes';
    const reader = compileDateForm(form, pivot);
    if (!reader)
      return `"${safeText(form)}" is not a date format: a format has year (YYYY or YY), month (MM, M, MON or MONTH) and day (DD or D), once each`;
    readers.push(reader);
  }
  return ([value = '']) => {
    const text = strip(value);
    if (text === '') return '';
    for (const read of readers) {
      const day = read(text);
      if (day !== null) return day;
    }
    return unreadable('unreadable_date', 'date');
  };
}

/** `days` and `months`: a whole number, and the day from which it counts; the run's where none is given. */
function counting(
  name: string,
  digits: number,
  count: (from: Date, number: number) => string,
): ExpressionFunction {
  const number = new RegExp(`^[+-]?\\d{1,${digits}}$`);
  return {
    takes: [1, 2],
    prepare: ([written, from], { now }) => {
      if (typeof written === 'string' && !number.test(written))
        return `the first argument of ${name} must be a whole number`;
      return ([amount = '', day = '']) => {
        const text = strip(amount);
        const start = from === undefined ? dayOf(now) : readDay(day, name);
        if (text === '' || start === '') return '';
        if (!number.test(text)) unreadable('unreadable_number', name);
        const end = count(new Date(`${start}T00:00:00Z`), Number(text));
        // A year of five digits or before the first is no day that Alma knows.
        return /^\d{4}-/.test(end) && end >= '0001' ? end : unreadable('unreadable_date', name);
      };
    },
  };
}

/** The day that comes first or last among those that are given. */
const choosing = (name: string, isBetter: (day: string, chosen: string) => boolean): ExpressionFunction =>
  plain(1, many, (values) => {
    let chosen = '';
    for (const value of values) {
      const day = readDay(value, name);
      if (day !== '' && (chosen === '' || isBetter(day, chosen))) chosen = day;
    }
    return chosen;
  });

/** Whole years; who is born on 29 February has the birthday on 1 March in other years. */
function age(birth: string, day: string): string {
  if (birth === '' || day === '') return '';
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4)) - (day.slice(5) < birth.slice(5) ? 1 : 0);
  return years < 0 ? unreadable('unreadable_date', 'age') : String(years);
}

/** What reads and counts days. */
export const dateFunctions: ExpressionFunctions = {
  age: {
    takes: [1, 2],
    prepare: ([, on], { now }) => {
      const today = dayOf(now);
      return ([birth = '', day = '']) =>
        age(readDay(birth, 'age'), on === undefined ? today : readDay(day, 'age'));
    },
  },
  date: { takes: [1, many], prepare: prepareDate },
  days: counting('days', 5, daysAfter),
  earliest: choosing('earliest', (day, chosen) => day < chosen),
  latest: choosing('latest', (day, chosen) => day > chosen),
  months: counting('months', 4, monthsAfter),
  today: {
    takes: [0, 0],
    prepare:
      (_, { now }) =>
      () =>
        dayOf(now),
  },
};
