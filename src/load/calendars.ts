import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { DelimitedReader } from '../feeds/delimited-reader.ts';
import { strip } from './blanks.ts';
import { compileDateForm, type ReadDay } from './template/functions/date-forms.ts';

/** A term of a calendar; days as `YYYY-MM-DD`, both of them within it. */
export interface Term {
  readonly code: string;
  readonly start: string;
  readonly end: string;
}

/** What an expression may ask of a term. */
export const termParts = ['start', 'end', 'code'] as const;

/** The terms of an institution. */
export class Calendar {
  readonly #byCode: ReadonlyMap<string, Term>;
  /** The one that ends last comes last. */
  readonly #byEnd: readonly Term[];

  constructor(terms: readonly Term[]) {
    this.#byCode = new Map(terms.map((term) => [term.code, term]));
    this.#byEnd = terms.toSorted((a, b) => (a.end < b.end ? -1 : 1));
  }

  /**
   * The term with a code; for a day the term that holds it, of several the one that ends last, and between terms the next.
   * Null for a code that the calendar does not have, and for a day behind its last term.
   */
  find(codeOrDay: string): Term | null {
    const term = this.#byCode.get(codeOrDay);
    if (term) return term;
    const [day] = /^\d{4}-\d\d-\d\d/.exec(codeOrDay) ?? [];
    if (day === undefined) return null;
    const left = this.#byEnd.filter(({ end }) => end >= day);
    const next = left.toSorted((a, b) => (a.start < b.start ? -1 : 1))[0];
    return left.findLast(({ start }) => start <= day) ?? next ?? null;
  }
}

/** The calendars of a run, by the names that the configuration gives them. */
export class Calendars {
  readonly #calendars: ReadonlyMap<string, Calendar>;

  constructor(calendars: ReadonlyMap<string, Calendar> = new Map()) {
    this.#calendars = calendars;
  }

  calendar(name: string): Calendar | undefined {
    return this.#calendars.get(name);
  }

  suggest(name: string): string {
    return didYouMean(name, [...this.#calendars.keys()]);
  }
}

/** As spreadsheets keep and write them. */
const forms = ['YYYY-MM-DD', 'M/D/YYYY'].map((form) => compileDateForm(form)) as ReadDay[];

/**
 * Reads a calendar: CSV whose first line names the columns code, start and end; others may stand beside them.
 * @throws PatronflowError CALENDAR_INVALID
 */
export function parseCalendar(text: string, file: string): Calendar {
  const reader = new DelimitedReader();
  reader.push(text.replace(/^\ufeff/, ''));
  reader.end();
  let columns: number[] | null = null;
  const terms = new Map<string, Term>();
  for (let record = reader.next(); record; record = reader.next()) {
    const { broken, line } = record;
    if (broken) throw invalid(file, `is not CSV: line ${line} has a quote in the wrong place`);
    const fields = record.fields.map(strip);
    if (fields.every((field) => field === '')) continue;
    if (!columns) {
      columns = columnsOf(fields, file);
      continue;
    }
    const [code = '', start = '', end = ''] = columns.map((at) => fields[at] ?? '');
    const term = { code, start: dayIn(start), end: dayIn(end) };
    if (code === '') throw invalid(file, `has no code in line ${line}`);
    if (term.start === '' || term.end === '')
      throw invalid(file, `has a day that cannot be read in line ${line}`);
    if (term.end < term.start) throw invalid(file, `has a term in line ${line} that ends before it starts`);
    if (terms.has(code)) throw invalid(file, `has the code of line ${line} twice`);
    terms.set(code, term);
  }
  if (terms.size === 0) throw invalid(file, 'has no terms');
  return new Calendar([...terms.values()]);
}

function columnsOf(header: readonly string[], file: string): number[] {
  const names = header.map((name) => name.toLowerCase());
  return ['code', 'start', 'end'].map((name) => {
    const at = names.indexOf(name);
    if (at < 0) throw invalid(file, `names no column ${name} in its first line`);
    return at;
  });
}

function dayIn(text: string): string {
  for (const read of forms) {
    const day = read(text);
    if (day !== null) return day;
  }
  return '';
}

function invalid(file: string, what: string): PatronflowError {
  return new PatronflowError('CALENDAR_INVALID', `The calendar ${file} ${what}.`, {
    hint: 'A calendar is CSV with the columns code, start and end; days are 2026-08-24 or 8/24/2026.',
  });
}
