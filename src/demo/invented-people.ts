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
 * students too, some people prefer another name, some have no barcode or a department that nobody listed,
 * some share a barcode, and some have values that no XML file may hold.
 */
export function inventPeople(count: number, seed: number): InventedPeople {
  const random = createRandom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const phone = (): string => `617555${String(Math.floor(random() * 10_000)).padStart(4, '0')}`;

  const person = (number: number) => {
    const first = chance(0.003) ? pick(hostile) : pick(firstNames);
    const last = pick(lastNames);
    const letters = `${first[0] ?? 'x'}${last}`.normalize('NFD').replace(/[^A-Za-z]/g, '') || 'PERSON';
    const login = `${letters.toUpperCase()}${number}`;
    return {
      MIT_ID: String(900_000_000 + number),
      EMAIL_ADDRESS: chance(0.02) ? null : `${login.toLowerCase()}@example.edu`,
      KRB_NAME_UPPERCASE: chance(0.01) ? null : login,
      LIBRARY_ID: chance(0.08)
        ? pick(['NONE', null, 'none '])
        : String(20_000_000_000_000 + (chance(0.002) ? 7 : number) * 13),
      PREFERRED_FIRST_NAME: chance(0.15) ? pick([first, ...firstNames]) : null,
      PREFERRED_MIDDLE_NAME: null,
      PREFERRED_LAST_NAME: chance(0.03) ? pick(lastNames) : null,
      LEGAL_FIRST_NAME: first,
      LEGAL_MIDDLE_NAME: chance(0.3) ? `${pick([...'ABCDEFGH'])}.` : null,
      LEGAL_LAST_NAME: last,
    };
  };

  const staff = Array.from({ length: Math.ceil(count / 3) }, (_, index) => {
    const [code, type] = pick(personTypes);
    return {
      ...person(index),
      OFFICE_ADDRESS: chance(0.1)
        ? null
        : `${1 + Math.floor(random() * 60)}-${100 + Math.floor(random() * 400)}`,
      OFFICE_PHONE: chance(0.2) ? null : phone(),
      APPOINTMENT_END_DATE: `20${31 + Math.floor(random() * 5)}-06-30`,
      LIBRARY_PERSON_TYPE_CODE: code,
      LIBRARY_PERSON_TYPE: type,
      ORG_UNIT_ID: chance(0.02) ? '19999999' : String(10_000_000 + Math.floor(random() * 40) * 37),
      ORG_UNIT_TITLE: pick(units),
      POSITION_TITLE: 'Staff',
      DIRECTORY_TITLE: null,
    };
  });
  const students = Array.from({ length: count - staff.length }, (_, index) => {
    const employee = chance(0.05) ? pick(staff) : null;
    const [city, state, zip] = pick(cities);
    const base = person(staff.length + index);
    const same = employee && {
      MIT_ID: employee.MIT_ID,
      KRB_NAME_UPPERCASE: employee.KRB_NAME_UPPERCASE,
      LIBRARY_ID: employee.LIBRARY_ID,
    };
    return {
      ...base,
      ...same,
      TERM_STREET1: chance(0.05) ? null : `${1 + Math.floor(random() * 300)} ${pick(streets)}`,
      TERM_STREET2: chance(0.1) ? 'Apt 2B' : null,
      TERM_CITY: city,
      TERM_STATE: state,
      TERM_ZIP: zip,
      TERM_PHONE1: chance(0.5) ? phone() : null,
      TERM_PHONE2: chance(0.1) ? phone() : null,
      OFFICE_PHONE: chance(0.1) ? phone() : null,
      STUDENT_YEAR: chance(0.01) ? 'H' : pick(['1', '2', '3', '4', 'U', 'G']),
      HOME_DEPARTMENT: chance(0.01) ? '99' : pick(departments),
    };
  });
  return { staff, students };
}

/** The rows as CSV with a header line, quoted by RFC 4180. */
export function csvOf(rows: readonly InventedRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const field = (value: string | null | undefined): string =>
    value === null || value === undefined
      ? ''
      : /[",\r\n]/.test(value)
        ? `"${value.replaceAll('"', '""')}"`
        : value;
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((fields) => `${fields.map(field).join(',')}\n`)
    .join('');
}
