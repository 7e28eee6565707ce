import type { Characters } from './characters.ts';
import type { FixedColumn, FixedLayout } from './fixed-layout.ts';

/**
 * Ex Libris Voyager's Standard Interface File for patrons: 456 characters for the patron, then 429 for each address, nine at
 * most, and notes. The number of addresses is the last character of the first part. (Voyager Technical User's Guide,
 * "Patron Standard Interface File (SIF) record layout".)
 */
const patron: readonly (readonly [string, number])[] = [
  ['PATRON_ID', 10],
  ...[1, 2, 3].flatMap((n): [string, number][] => [
    [`BARCODE_ID_${n}`, 10],
    [`BARCODE_${n}`, 25],
    [`PATRON_GROUP_${n}`, 10],
    [`BARCODE_STATUS_${n}`, 1],
    [`BARCODE_MODIFIED_${n}`, 10],
  ]),
  ['REGISTRATION_DATE', 10],
  ['EXPIRATION_DATE', 10],
  ['PURGE_DATE', 10],
  ['VOYAGER_DATE', 10],
  ['VOYAGER_UPDATED', 10],
  ['CIRCULATION_LOCATION', 10],
  ['INSTITUTION_ID', 30],
  ['SSN', 11],
  ...Array.from({ length: 10 }, (_, at): [string, number] => [`STATISTICAL_CATEGORY_${at + 1}`, 3]),
  ['NAME_TYPE', 1],
  ['SURNAME', 30],
  ['FIRST_NAME', 20],
  ['MIDDLE_NAME', 20],
  ['TITLE', 10],
  ['HISTORICAL_CHARGES', 10],
  ['CLAIMS_RETURNED', 5],
  ['SELF_SHELVED', 5],
  ['LOST_ITEMS', 5],
  ['LATE_MEDIA_RETURNS', 5],
  ['HISTORICAL_BOOKINGS', 5],
  ['CANCELED_BOOKINGS', 5],
  ['UNCLAIMED_BOOKINGS', 5],
  ['HISTORICAL_CALLSLIPS', 5],
  ['HISTORICAL_DISTRIBUTIONS', 5],
  ['HISTORICAL_SHORT_LOANS', 5],
  ['UNCLAIMED_SHORT_LOANS', 5],
  ['ADDRESS_COUNT', 1],
];

const address: readonly (readonly [string, number])[] = [
  ['ID', 10],
  ['TYPE', 1],
  ['STATUS', 1],
  ['BEGIN_DATE', 10],
  ['END_DATE', 10],
  ['LINE_1', 50],
  ['LINE_2', 40],
  ['LINE_3', 40],
  ['LINE_4', 40],
  ['LINE_5', 40],
  ['CITY', 40],
  ['STATE', 7],
  ['POSTAL_CODE', 10],
  ['COUNTRY', 20],
  ['PHONE', 25],
  ['MOBILE', 25],
  ['FAX', 25],
  ['OTHER_PHONE', 25],
  ['UPDATED', 10],
];

const mostAddresses = 9;

const lengthOf = (parts: readonly (readonly [string, number])[]): number =>
  parts.reduce((sum, [, width]) => sum + width, 0);

const patronLength = lengthOf(patron);
const addressLength = lengthOf(address);

const columns: readonly FixedColumn[] = [
  ...placed(patron, 0),
  ...Array.from({ length: mostAddresses }, (_, at) =>
    placed(
      address.map(([name, width]) => [`ADDRESS_${at + 1}_${name}`, width] as const),
      patronLength + at * addressLength,
    ),
  ).flat(),
];

/** Characters that the dates and kinds at the beginning of an address take: a line that ends within them is cut. */
const beginningOfAddress = 32;

/** The layout; columns of addresses are called `ADDRESS_1_CITY`, and what stands behind the last address `NOTES`. */
export const voyagerSif: FixedLayout = {
  names: [...columns.map(({ name }) => name), 'NOTES'],
  fieldsOf(line) {
    const end = endOf(line);
    const notes = line.slice(end).trim();
    return [...columns.map(({ from, to }) => (from < end ? line.slice(from, to).trim() : '')), notes];
  },
  wrongLength(line) {
    const expected = endOf(line);
    const isCount = /^[0-9 ]$/.test(line.slice(patronLength - 1, patronLength));
    // Some programs leave away the blanks at the end of the last address; never those of the patron.
    const least = Math.max(patronLength, expected - addressLength + beginningOfAddress);
    return isCount && line.length >= least ? null : expected;
  },
};

/** Where the last address ends. */
function endOf(line: Characters): number {
  const count = line.slice(patronLength - 1, patronLength);
  return patronLength + Number(/^[0-9]$/.test(count) ? count : 0) * addressLength;
}

function placed(parts: readonly (readonly [string, number])[], start: number): FixedColumn[] {
  let from = start;
  return parts.map(([name, width]) => {
    from += width;
    return { name, from: from - width, to: from };
  });
}
