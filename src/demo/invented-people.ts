import { csvLine } from '../core/csv-text.ts';
import { createRandom } from './random.ts';

/** A row of an invented table: column name -> value. */
export type InventedRow = Readonly<Record<string, string | null>>;

export interface InventedPeople {
  readonly staff: readonly InventedRow[];
  readonly students: readonly InventedRow[];
}

const firstNames =
  'Ada Amara Bela Björn Carmen Chidi Dana Deniz Elif Ewa Farid Fleur Goran Grace Hana Hugo Ines Ivo Jamila Jonas Kaya Kofi Lena Liam Mei Milo Nadia Noor Odile Oskar Priya Quim Rosa Ruben Sofia Søren Tariq Tessa Uma Viktor Wanda Ximena Yusuf Zoë'.split(
    ' ',
  );
const lastNames =
  'Abara Almeida Barros Bianchi Castillo Cohen Dubois Eriksen Ferrari Fischer García Haddad Horvat Ito Ivanova Jansen Kaplan Kowalski Kumar Lindqvist Mbeki Molina Nakamura Novak Núñez O’Brien Okafor Petrov Quist Rossi Sato Schmidt Silva Singh Tanaka Vega Weber Xu Yilmaz Zuniga'.split(
    ' ',
  );
const streets = 'Elm St|Harvest Ave|Third St|Lake Rd|Mill Ln|Orchard Pl|Park Dr|River Way'.split('|');
const cities = [
  ['Cambridge', 'MA', '02139'],
  ['Somerville', 'MA', '02143'],
  ['Providence', 'RI', '02903'],
  ['Boston', 'MA', '02115'],
] as const;
const units = [
  'Astronomy',
  'Botany & Soil',
  'Facilities',
  'History of <Things>',
  'Libraries',
  'Music',
  'Writing Studio',
  'R&D Core',
];
const personTypes = [
  ['11', 'Faculty'],
  ['12', 'Academic - Other'],
  ['21', 'Affiliate & Visitor'],
  ['41', 'Support Staff'],
] as const;
const departments = ['1', '2', '5', '6', '8', '14', '18', '21', '24', 'NIU', 'NIV'];

/** Values that have stopped loads elsewhere: markup, quotes, control characters, half an emoji, right-to-left text. */
const hostile = [
  '<b>Bo</b>',
  'R"obe\'rt); --',
  'Tab\tand\u0001bell',
  'Half \ud83d emoji',
  'שלום',
  '😀😀',
  '&amp;',
  'x'.repeat(300),
];

/**
 * Invents a campus: a third staff, two thirds students, with the awkward cases of a real one. Some staff are
 * students too, some people prefer another name, some have no barcode or a department that is not listed,
 * some share a barcode, and some have values that no XML file may hold.
 */
export function inventPeople(count: number, seed: number): InventedPeople {
  const luck = new Luck(seed);
  const staff = Array.from({ length: Math.ceil(count / 3) }, (_, index) => inventEmployee(index, luck));
  const students = Array.from({ length: count - staff.length }, (_, index) => {
    const employee = luck.chance(0.05) ? luck.pick(staff) : null;
    return inventStudent(staff.length + index, employee, luck);
  });
  return { staff, students };
}

/** What happens to befall people; the same for the same seed. */
class Luck {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  phone(): string {
    return `617555${String(this.below(10_000)).padStart(4, '0')}`;
  }
}

/** What employees and students have in common. */
function inventPerson(number: number, luck: Luck) {
  const first = luck.chance(0.003) ? luck.pick(hostile) : luck.pick(firstNames);
  const last = luck.pick(lastNames);
  const letters = `${first[0] ?? 'x'}${last}`.normalize('NFD').replace(/[^A-Za-z]/g, '') || 'PERSON';
  const login = `${letters.toUpperCase()}${number}`;
  return {
    MIT_ID: String(900_000_000 + number),
    EMAIL_ADDRESS: luck.chance(0.02) ? null : `${login.toLowerCase()}@example.edu`,
    KRB_NAME_UPPERCASE: luck.chance(0.01) ? null : login,
    LIBRARY_ID: luck.chance(0.08)
      ? luck.pick(['NONE', null, 'none '])
      : String(20_000_000_000_000 + (luck.chance(0.002) ? 7 : number) * 13),
    PREFERRED_FIRST_NAME: luck.chance(0.15) ? luck.pick([first, ...firstNames]) : null,
    PREFERRED_MIDDLE_NAME: null,
    PREFERRED_LAST_NAME: luck.chance(0.03) ? luck.pick(lastNames) : null,
    LEGAL_FIRST_NAME: first,
    LEGAL_MIDDLE_NAME: luck.chance(0.3) ? `${luck.pick([...'ABCDEFGH'])}.` : null,
    LEGAL_LAST_NAME: last,
  };
}

function inventEmployee(number: number, luck: Luck) {
  const [code, type] = luck.pick(personTypes);
  return {
    ...inventPerson(number, luck),
    OFFICE_ADDRESS: luck.chance(0.1) ? null : `${1 + luck.below(60)}-${100 + luck.below(400)}`,
    OFFICE_PHONE: luck.chance(0.2) ? null : luck.phone(),
    APPOINTMENT_END_DATE: `20${31 + luck.below(5)}-06-30`,
    LIBRARY_PERSON_TYPE_CODE: code,
    LIBRARY_PERSON_TYPE: type,
    ORG_UNIT_ID: luck.chance(0.02) ? '19999999' : String(10_000_000 + luck.below(40) * 37),
    ORG_UNIT_TITLE: luck.pick(units),
    POSITION_TITLE: 'Staff',
    DIRECTORY_TITLE: null,
  };
}

/** @param employee the same person among the staff */
function inventStudent(number: number, employee: ReturnType<typeof inventEmployee> | null, luck: Luck) {
  const [city, state, zip] = luck.pick(cities);
  const base = inventPerson(number, luck);
  const same = employee && {
    MIT_ID: employee.MIT_ID,
    KRB_NAME_UPPERCASE: employee.KRB_NAME_UPPERCASE,
    LIBRARY_ID: employee.LIBRARY_ID,
  };
  return {
    ...base,
    ...same,
    TERM_STREET1: luck.chance(0.05) ? null : `${1 + luck.below(300)} ${luck.pick(streets)}`,
    TERM_STREET2: luck.chance(0.1) ? 'Apt 2B' : null,
    TERM_CITY: city,
    TERM_STATE: state,
    TERM_ZIP: zip,
    TERM_PHONE1: luck.chance(0.5) ? luck.phone() : null,
    TERM_PHONE2: luck.chance(0.1) ? luck.phone() : null,
    OFFICE_PHONE: luck.chance(0.1) ? luck.phone() : null,
    STUDENT_YEAR: luck.chance(0.01) ? 'H' : luck.pick(['1', '2', '3', '4', 'U', 'G']),
    HOME_DEPARTMENT: luck.chance(0.01) ? '99' : luck.pick(departments),
  };
}

/** The rows as CSV with a header line, quoted by RFC 4180. */
export function csvOf(rows: readonly InventedRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((fields) => csvLine(fields.map((field) => field ?? '')))
    .join('');
}
