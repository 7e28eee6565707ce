import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvOf, type InventedRow } from '../../src/demo/invented-people.ts';
import { run, temporaryDirectory } from '../support/command.ts';
import { at, deliveredUsers, type Element, textAt, usersOf, without } from '../support/users.ts';

const staffRow = {
  MIT_ID: '910000001',
  EMAIL_ADDRESS: 'ada@example.edu',
  KRB_NAME_UPPERCASE: 'ADA',
  LIBRARY_ID: '20090000000011',
  PREFERRED_FIRST_NAME: null,
  PREFERRED_MIDDLE_NAME: null,
  PREFERRED_LAST_NAME: null,
  LEGAL_FIRST_NAME: 'Ada',
  LEGAL_MIDDLE_NAME: 'B.',
  LEGAL_LAST_NAME: 'Castillo',
  OFFICE_ADDRESS: '14-0551',
  OFFICE_PHONE: '6175550100',
  APPOINTMENT_END_DATE: '2031-06-30',
  LIBRARY_PERSON_TYPE_CODE: '11',
  LIBRARY_PERSON_TYPE: 'Faculty & Co',
  ORG_UNIT_ID: '10000001',
  ORG_UNIT_TITLE: 'Botany',
  POSITION_TITLE: 'Professor',
  DIRECTORY_TITLE: null,
} as const;
const studentRow = {
  MIT_ID: '920000001',
  EMAIL_ADDRESS: 'bo@example.edu',
  KRB_NAME_UPPERCASE: 'BO',
  LIBRARY_ID: null,
  PREFERRED_FIRST_NAME: null,
  PREFERRED_MIDDLE_NAME: null,
  PREFERRED_LAST_NAME: null,
  LEGAL_FIRST_NAME: 'Bo',
  LEGAL_MIDDLE_NAME: null,
  LEGAL_LAST_NAME: 'Ferrari',
  TERM_STREET1: '1 Elm St',
  TERM_STREET2: null,
  TERM_CITY: 'Cambridge',
  TERM_STATE: 'MA',
  TERM_ZIP: '02139',
  TERM_PHONE1: null,
  TERM_PHONE2: null,
  OFFICE_PHONE: null,
  STUDENT_YEAR: '1',
  HOME_DEPARTMENT: '6',
} as const;

/** Runs the preset on rows and gives the users of both groups. */
async function load(
  staff: readonly InventedRow[],
  students: readonly InventedRow[],
  now = '2026-03-01T12:00:00Z',
) {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'rows'));
  await writeFile(join(directory, 'rows/LIBRARY_EMPLOYEE.csv'), csvOf(staff.length > 0 ? staff : [staffRow]));
  await writeFile(
    join(directory, 'rows/LIBRARY_STUDENT.csv'),
    csvOf(students.length > 0 ? students : [studentRow]),
  );
  await writeFile(join(directory, 'staff.txt'), '{"10000001": "KA", "10000002": "KB"}');
  await writeFile(join(directory, 'student.txt'), 'code,value\n6,PF\nNIU,PU\n');
  const environment = {
    DATA_WAREHOUSE_URL: 'csv:./rows',
    DELIVERY_URL: 'file:./out',
    WORKSPACE: 'test',
    STAFF_DEPARTMENTS: 'staff.txt',
    STUDENT_DEPARTMENTS: './student.txt',
  };
  const ran = await run(['load', '--config', 'preset:patronload', '--now', now, '--json'], {
    environment,
    workingDirectory: directory,
  });
  expect(ran.stderr).not.toContain('"level":"error"');
  const out = join(directory, 'out');
  return {
    ...ran,
    report: JSON.parse(ran.stdout),
    staff: await deliveredUsers(out, 'staff'),
    students: await deliveredUsers(out, 'student'),
  };
}

const staffOf = async (...changes: Partial<Record<keyof typeof staffRow, string | null>>[]) =>
  (
    await load(
      changes.map((change, index) => ({
        ...staffRow,
        MIT_ID: `9100${index}`,
        LIBRARY_ID: `2009${index}`,
        KRB_NAME_UPPERCASE: `ADA${index}`,
        ...change,
      })),
      [],
    )
  ).staff;
const studentsOf = async (...changes: Partial<Record<keyof typeof studentRow, string | null>>[]) =>
  (
    await load(
      [],
      changes.map((change, index) => ({
        ...studentRow,
        MIT_ID: `9200${index}`,
        KRB_NAME_UPPERCASE: `BO${index}`,
        ...change,
      })),
    )
  ).students;
const textsAt = (users: readonly Element[], path: string) => users.map((user) => textAt(user, path));
const phonesOf = (user: Element) =>
  at(user, 'contact_info/phones/phone').map((phone) => [
    textAt(phone, 'phone_number'),
    textAt(phone, 'phone_types/phone_type'),
    phone.attributes.preferred,
  ]);

describe('the preset patronload', () => {
  it('writes a member of the staff as the original does', async () => {
    const { staff, report } = await load([staffRow], []);
    const flat = (element: Element, path = ''): string[] => [
      `${path}${element.name}${JSON.stringify(element.attributes)}=${element.text}`,
      ...element.children.flatMap((child) => flat(child, `${path} `)),
    ];
    expect(staff.flatMap((user) => user.children.flatMap((child) => flat(child)))).toEqual([
      'record_type{"desc":"Public"}=PUBLIC',
      'primary_id{}=ADA@MIT.EDU',
      'first_name{}=Ada',
      'middle_name{}=B.',
      'last_name{}=Castillo',
      'user_group{"desc":"Faculty & Co"}=11',
      'cataloger_level{"desc":"[00] Default Level"}=00',
      'preferred_language{"desc":"English"}=en',
      'expiry_date{}=2026-09-01Z',
      'purge_date{}=2028-09-01Z',
      'account_type{"desc":"External"}=EXTERNAL',
      'external_id{}=SIS',
      'status{"desc":"Active"}=ACTIVE',
      'contact_info{}=',
      ' addresses{}=',
      '  address{"preferred":"true","segment_type":"External"}=',
      '   line1{}=14-0551',
      '   line3{}=MIT',
      '   postal_code{}=00000',
      '   address_note{}=User Address Type: Mailing address',
      '   address_types{}=',
      '    address_type{"desc":"Work"}=work',
      ' emails{}=',
      '  email{"preferred":"true","segment_type":"External"}=',
      '   email_address{}=ada@example.edu',
      '   email_types{}=',
      '    email_type{"desc":"Work"}=work',
      ' phones{}=',
      '  phone{"preferred":"true","preferred_sms":"false","segment_type":"External"}=',
      '   phone_number{}=617-555-0100',
      '   phone_types{}=',
      '    phone_type{"desc":"Office"}=office',
      'is_researcher{}=false',
      'user_identifiers{}=',
      ' user_identifier{"segment_type":"External"}=',
      '  id_type{"desc":"MIT ID"}=02',
      '  value{}=910000001',
      '  status{}=ACTIVE',
      ' user_identifier{"segment_type":"External"}=',
      '  id_type{"desc":"Barcode"}=01',
      '  value{}=20090000000011',
      '  status{}=ACTIVE',
      'user_roles{}=',
      ' user_role{}=',
      '  status{"desc":"Active"}=ACTIVE',
      '  scope{"desc":"Massachusetts Institute of Technology"}=01MIT_INST',
      '  role_type{"desc":"Patron"}=200',
      'user_statistics{}=',
      ' user_statistic{"segment_type":"External"}=',
      '  statistic_category{"desc":"Botany"}=KA',
      '  category_type{"desc":"Department"}=DEPT',
    ]);
    expect(report.receipts.map(({ key }: { key: string }) => key)).toEqual([
      'staff_2026-03-01_12.00.00.zip',
      'student_2026-03-01_12.00.00.zip',
    ]);
  });

  it.each([
    ['1', '6', '31'],
    ['4', null, '31'],
    ['U', '6', '31'],
    ['u', '6', '31'],
    ['G', '6', '32'],
    ['g', '6', '32'],
    ['G\n', '6', '32'],
    ['1', 'NIU', '54'],
    [null, 'NIH', '54'],
    ['G', 'NIU\n', '54'],
    ['G', 'niu', '32'],
    ['H', '6', null],
    ['5', '6', null],
    [null, '6', null],
    ['11', '6', null],
    ['G', 'NIX', '32'],
  ])('gives year %j in department %j the group %j', async (STUDENT_YEAR, HOME_DEPARTMENT, group) => {
    expect(textsAt(await studentsOf({ STUDENT_YEAR, HOME_DEPARTMENT }), 'user_group')).toEqual([group]);
  });

  it('dates from the run, clamped to the end of the month', async () => {
    const { staff } = await load([staffRow], [], '2025-08-29T23:30:00-04:00');
    expect(textsAt(staff, 'expiry_date')).toEqual(['2026-02-28Z']);
    const { staff: leap } = await load([staffRow], [], '2025-08-29T01:00:00Z');
    expect([textAt(leap[0] as Element, 'expiry_date'), textAt(leap[0] as Element, 'purge_date')]).toEqual([
      '2026-02-28Z',
      '2028-02-29Z',
    ]);
  });

  it('takes preferred names only where they differ', async () => {
    const users = await staffOf(
      { PREFERRED_FIRST_NAME: ' ADA ' },
      { PREFERRED_FIRST_NAME: ' Addie ' },
      { PREFERRED_FIRST_NAME: '   ' },
      { PREFERRED_LAST_NAME: 'STRASSE', LEGAL_LAST_NAME: 'Straße' },
      { PREFERRED_LAST_NAME: '$& $1', LEGAL_LAST_NAME: ' O’Brien\u0085' },
    );
    expect(textsAt(users, 'pref_first_name')).toEqual([null, 'Addie', null, null, null]);
    expect(textsAt(users, 'pref_last_name')).toEqual([null, null, null, 'STRASSE', '$& $1']);
    expect(textsAt(users, 'last_name').at(-1)).toBe('O’Brien');
  });

  it('keeps values as they are, and fills in where they are empty', async () => {
    const users = await staffOf(
      { OFFICE_ADDRESS: null, ORG_UNIT_TITLE: null, EMAIL_ADDRESS: null },
      { OFFICE_ADDRESS: ' 7-1 & <8> ', ORG_UNIT_ID: 'constructor' },
    );
    expect(textsAt(users, 'contact_info/addresses/address/line1')).toEqual([
      'NO ADDRESS ON FILE IN DATA WAREHOUSE',
      ' 7-1 & <8> ',
    ]);
    expect(textsAt(users, 'user_statistics/user_statistic/statistic_category')).toEqual(['KA', 'ZQ']);
    expect(
      at(users[0] as Element, 'user_statistics/user_statistic/statistic_category')[0]?.attributes.desc,
    ).toBe('Unknown');
    expect(textsAt(users, 'contact_info/emails/email/email_address')).toEqual([null, 'ada@example.edu']);
  });

  it.each([
    ['6175550123', '617-555-0123'],
    ['16175550123', '1-617-555-0123'],
    ['+16175550123', '+1-617-555-0123'],
    ['6175550123x9', '617-555-0123x9'],
    ['5550123', '5550123'],
    ['(617) 555-0123', '(617) 555-0123'],
    ['61755501234567', '61755501234567'],
    ['６１７５５５０１２３', '６１７-５５５-０１２３'],
    ['6175550123 or 6175550124', '617-555-0123 or 617-555-0124'],
  ])('writes the phone %s as %s', async (OFFICE_PHONE, written) => {
    expect(phonesOf((await staffOf({ OFFICE_PHONE }))[0] as Element)).toEqual([[written, 'office', 'true']]);
  });

  it('types each of a student’s phones as what it is, and prefers the first', async () => {
    const users = await studentsOf(
      {},
      { TERM_PHONE1: '6175550001' },
      { TERM_PHONE2: '6175550002' },
      { OFFICE_PHONE: '6175550003', TERM_PHONE1: '6175550001', TERM_PHONE2: '6175550002' },
      { TERM_PHONE1: '6175550001', TERM_PHONE2: '6175550001' },
    );
    expect(users.map(phonesOf)).toEqual([
      [],
      [['617-555-0001', 'home', 'true']],
      [['617-555-0002', 'home', 'true']],
      [
        ['617-555-0003', 'office', 'true'],
        ['617-555-0001', 'home', 'false'],
        ['617-555-0002', 'home', 'false'],
      ],
      [['617-555-0001', 'home', 'true']],
    ]);
  });

  it.each([null, '', 'NONE', 'none', ' None ', '   '])('takes %j for no barcode', async (LIBRARY_ID) => {
    const [user] = await staffOf({ LIBRARY_ID });
    expect(
      at(user as Element, 'user_identifiers/user_identifier').map((each) => textAt(each, 'id_type')),
    ).toEqual(['02']);
  });

  it('leaves out an identifier without a value', async () => {
    const [user] = await staffOf({ MIT_ID: null });
    expect(
      at(user as Element, 'user_identifiers/user_identifier').map((each) => textAt(each, 'id_type')),
    ).toEqual(['01']);
  });

  it('loads staff before students and each person once, without regard to case and blanks', async () => {
    const { staff, students, report } = await load(
      [
        staffRow,
        { ...staffRow, KRB_NAME_UPPERCASE: ' ada ', MIT_ID: '1' },
        { ...staffRow, KRB_NAME_UPPERCASE: null, MIT_ID: '2' },
      ],
      [
        { ...studentRow, KRB_NAME_UPPERCASE: 'Ada' },
        studentRow,
        { ...studentRow, KRB_NAME_UPPERCASE: '0', MIT_ID: '3' },
        { ...studentRow, KRB_NAME_UPPERCASE: ' ', MIT_ID: '4' },
      ],
    );
    expect(textsAt(staff, 'primary_id')).toEqual(['ADA@MIT.EDU']);
    expect(textsAt(students, 'primary_id')).toEqual(['BO@MIT.EDU', '0@MIT.EDU']);
    expect(report.groups.map(({ books }: { books: object }) => books)).toEqual([
      {
        read: 3,
        written: 1,
        unchanged: 0,
        duplicate: 1,
        skipped: 0,
        rejected: 1,
        reasons: { no_person_key: 1 },
      },
      {
        read: 4,
        written: 2,
        unchanged: 0,
        duplicate: 1,
        skipped: 0,
        rejected: 1,
        reasons: { no_person_key: 1 },
      },
    ]);
  });

  it('rejects who has another person’s barcode, and keeps the first', async () => {
    const { staff, report } = await load(
      [staffRow, { ...staffRow, KRB_NAME_UPPERCASE: 'EVE', MIT_ID: '5' }],
      [],
    );
    expect(textsAt(staff, 'primary_id')).toEqual(['ADA@MIT.EDU']);
    expect(report.groups[0].listed).toEqual([
      {
        place: { group: 'staff', row: 2 },
        reason: 'identifier_taken',
        element: 'user_identifiers/user_identifier[Barcode]/value',
        first: { group: 'staff', row: 1 },
      },
    ]);
  });

  it('does not load as a student whose row of the staff was rejected', async () => {
    const { staff, students, report } = await load(
      [staffRow, { ...staffRow, KRB_NAME_UPPERCASE: 'EVE', MIT_ID: '5' }],
      [{ ...studentRow, KRB_NAME_UPPERCASE: 'EVE', MIT_ID: '6' }, studentRow],
    );
    expect(textsAt(staff, 'primary_id')).toEqual(['ADA@MIT.EDU']);
    expect(textsAt(students, 'primary_id')).toEqual(['BO@MIT.EDU']);
    expect(report.groups[1].listed).toEqual([
      { place: { group: 'student', row: 1 }, reason: 'rejected_before', first: { group: 'staff', row: 2 } },
    ]);
  });
});

/** The recorded sample, where it is at hand: the original's own output for eighty invented people. */
const sample = resolve(import.meta.dirname, '../../../shared/reference/patronload-sample');

describe.skipIf(!existsSync(sample))('the recorded sample', () => {
  it.each(['staff', 'student'])('gives the same %s users, phones aside', async (group) => {
    const directory = await temporaryDirectory();
    const environment = {
      DATA_WAREHOUSE_URL: `csv:${sample}`,
      DELIVERY_URL: 'file:./out',
      WORKSPACE: 'test',
      STAFF_DEPARTMENTS: join(sample, 'staff_departments.json'),
      STUDENT_DEPARTMENTS: join(sample, 'student_departments.json'),
    };
    const { code } = await run(['load', '--config', 'preset:patronload', '--now', '2026-03-01T12:00:00Z'], {
      environment,
      workingDirectory: directory,
    });
    expect(code).toBe(0);
    const ours = await deliveredUsers(join(directory, 'out'), group);
    const theirs = usersOf(readFileSync(join(sample, `expected_${group}.xml`), 'utf8'));
    expect(ours.map((user) => without(user, ['phones']))).toEqual(
      theirs.map((user) => without(user, ['phones'])),
    );
    // Ten-digit office phones are the same; the other differences are the notes' "Phones".
    const office = (user: Element) =>
      phonesOf(user)
        .filter(([, type]) => type === 'office')
        .map(([number]) => number);
    for (const [index, user] of ours.entries()) {
      const [number] = office(user);
      if (number && !/\d{4}-?\d{5}|^\+/.test(number))
        expect(office(theirs[index] as Element)).toContain(number);
    }
  });
});
