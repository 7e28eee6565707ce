import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';

/** Where a table has the parts of an address: the places of its columns. */
export type AddressColumns = Readonly<Partial<Record<AddressPart, number>>>;

type AddressPart = keyof typeof knownNames;

/** The names that exports give them, without blanks and punctuation. */
const knownNames = {
  address: 'address fulladdress',
  street:
    'street street1 streetaddress address1 addressline addressline1 addressstreet addr addr1 addrline1 line1 ' +
    'mailingaddress homeaddress residentialaddress localaddress permanentaddress',
  unit: 'unit apt apartment suite street2 address2 addressline2 addr2 addrline2 line2',
  city: 'city town cityname addresscity municipality',
  state: 'state st region province statecode stateabbr addressstate',
  zip: 'zip zip5 zipcode postal postalcode postcode zippostalcode addresszip',
} as const;

const parts = Object.keys(knownNames) as AddressPart[];

/**
 * Finds the columns of an address in a header.
 * @param named which is which, `street=ADDR1,zip=ZIP5`; what it does not name is found by its name
 * @throws PatronflowError COLUMNS_MISSING when neither an address nor a street is understood
 */
export function addressColumns(header: readonly string[], path: string, named = ''): AddressColumns {
  const columns: Partial<Record<AddressPart, number>> = {};
  for (const part of parts) {
    const known = knownNames[part].split(' ');
    const place = header.findIndex((name) => known.includes(plain(name)));
    if (place >= 0) columns[part] = place;
  }
  for (const pair of named === '' ? [] : named.split(',')) {
    const [part = '', name = ''] = pair.split('=').map((text) => text.trim());
    const place = header.findIndex((each) => each.trim() === name);
    if (!isPart(part) || place < 0) throw unknownColumn(path, pair, isPart(part), header);
    columns[part] = place;
  }
  if (columns.address !== undefined || columns.street !== undefined) return columns;
  throw new PatronflowError(
    'COLUMNS_MISSING',
    `${safeText(path)} has no column that is recognised as the street. ${shown(header)}`,
    {
      hint: "Say which is which, --columns 'street=ADDR1,city=TOWN,state=ST,zip=ZIP5', or `address=` for one with all of it.",
    },
  );
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function isPart(text: string): text is AddressPart {
  return (parts as readonly string[]).includes(text);
}

function unknownColumn(
  path: string,
  pair: string,
  isKnownPart: boolean,
  header: readonly string[],
): PatronflowError {
  return new PatronflowError(
    'COLUMNS_MISSING',
    `--columns ${safeText(pair)}: ${safeText(path)} has no such column. ${shown(header)}`,
    {
      hint: isKnownPart ? 'Write the name exactly as in the file.' : `Parts are ${parts.join(', ')}.`,
    },
  );
}

/** Columns shown. */
const shownColumns = 60;

/** The columns of a file; what looks like the data of a person is not shown. */
function shown(header: readonly string[]): string {
  if (header.some((name) => /^\s*\d|@/.test(name)))
    return 'Its first row looks like data, not like the names of columns.';
  return `Its columns are: ${header
    .slice(0, shownColumns)
    .map((name) => safeText(name.trim()) || '(without a name)')
    .join(', ')}.`;
}
