/** Reads a day and says it as `YYYY-MM-DD`; null for a text that has another form. */
export type ReadDay = (text: string) => string | null;

/** Two-digit years up to this one are of the 2000s, as in Oracle's `RR`. */
const defaultPivot = 49;

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

const marks = /YYYY|YY|MONTH|MON|MM|M|DD|D/g;

/** What each mark of a form stands for, and how it is read. */
const readers: Readonly<Record<string, { part: 'year' | 'month' | 'day'; pattern: string }>> = {
  YYYY: { part: 'year', pattern: '(?<year>\\d{4})' },
  YY: { part: 'year', pattern: '(?<year>\\d\\d)' },
  MONTH: { part: 'month', pattern: `(?<month>${months.join('|')})` },
  MON: { part: 'month', pattern: `(?<month>${months.map((name) => name.slice(0, 3)).join('|')}|sept)` },
  MM: { part: 'month', pattern: '(?<month>\\d\\d)' },
  M: { part: 'month', pattern: '(?<month>\\d\\d?)' },
  DD: { part: 'day', pattern: '(?<day>\\d\\d)' },
  D: { part: 'day', pattern: '(?<day>\\d\\d?)' },
};

/**
 * Makes a form such as `M/D/YYYY` or `DD-MON-YY` ready; `excel` is the number that a spreadsheet has for a day. What follows the
 * day, such as a time, is ignored.
 * @returns null for a text that is no form: one that does not name year, month and day once each
 */
export function compileDateForm(form: string, pivot = defaultPivot): ReadDay | null {
  if (form === 'excel') return excelDay;
  const named = [...form.matchAll(marks)].map(([mark]) => readers[mark]?.part);
  if (named.length !== 3 || new Set(named).size !== 3) return null;
  let source = '';
  let end = 0;
  for (const { 0: mark, index } of form.matchAll(marks)) {
    source += literal(form.slice(end, index)) + (readers[mark]?.pattern ?? '');
    end = index + mark.length;
  }
  // A further digit would make it another year or day; only the compact form has a time right behind it.
  const behind = form === 'YYYYMMDD' ? '' : '(?!\\d)';
  const pattern = new RegExp(`^${source}${literal(form.slice(end))}${behind}`, 'i');
  return (text) => {
    const { year = '', month = '', day = '' } = pattern.exec(text)?.groups ?? {};
    return year === '' ? null : dayOf(fullYear(year, pivot), monthNumber(month), Number(day));
  };
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/ +/g, ' +');

function fullYear(year: string, pivot: number): number {
  if (year.length === 4) return Number(year);
  return Number(year) + (Number(year) <= pivot ? 2000 : 1900);
}

function monthNumber(month: string): number {
  if (/^\d/.test(month)) return Number(month);
  return months.findIndex((name) => name.startsWith(month.slice(0, 3).toLowerCase())) + 1;
}

/** Null for a day that the calendar does not have. */
function dayOf(year: number, month: number, day: number): string | null {
  if (year < 1 || month < 1 || month > 12 || day < 1) return null;
  if (day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) return null;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

const two = (part: number): string => String(part).padStart(2, '0');

/** Days since the last of December 1899, and one too many, because spreadsheets have a 29 February 1900. Five digits: from 1927 to 2173. */
function excelDay(text: string): string | null {
  const [, serial] = /^([1-9]\d{4})(?:\.\d*)?$/.exec(text) ?? [];
  if (serial === undefined) return null;
  return new Date(Date.UTC(1899, 11, 30 + Number(serial))).toISOString().slice(0, 10);
}
