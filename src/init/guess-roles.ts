import type { ColumnProfile } from './profile-column.ts';

/** What a column can be to a user. */
export type Role =
  | 'barcode'
  | 'city'
  | 'country'
  | 'department'
  | 'email'
  | 'expiry'
  | 'firstName'
  | 'group'
  | 'institutionId'
  | 'lastName'
  | 'line1'
  | 'line2'
  | 'login'
  | 'middleName'
  | 'mobile'
  | 'phone'
  | 'phoneArea'
  | 'postalCode'
  | 'preferredName'
  | 'state';

/** A column that was taken for a role, and why. */
export interface Guess {
  readonly column: ColumnProfile;
  readonly why: string;
}

export type Roles = ReadonlyMap<Role, Guess>;

interface Rule {
  readonly role: Role;
  /** Its name, in small letters and without signs. */
  readonly name: RegExp;
  /** What its values must be. */
  readonly fits?: (column: ColumnProfile) => boolean;
  readonly what?: string;
}

const isMost = (column: ColumnProfile, count: number): boolean => column.share(count) > 0.9;

/** In this order: a column is taken once. */
const rules: readonly Rule[] = [
  { role: 'email', name: /mail/, fits: (column) => isMost(column, column.emails), what: 'e-mail addresses' },
  { role: 'email', name: /./, fits: (column) => isMost(column, column.emails), what: 'e-mail addresses' },
  {
    role: 'expiry',
    name: /(expir|end|until|thru|through|term(ination)?date|validto|gradu)/,
    fits: (column) => column.dateForm !== null,
    what: 'dates',
  },
  {
    role: 'barcode',
    name: /(barcode|cardno|cardnum|cardid|^card|libraryid|librarycard|patronbarcode|isonumber)/,
  },
  {
    role: 'preferredName',
    name: /(pref|nick|chosen).*(first|name)|^nickname$/,
    fits: (column) => isMost(column, column.words),
  },
  {
    role: 'firstName',
    name: /(first|given|fore).*(name|nm)?|^fname$/,
    fits: (column) => isMost(column, column.words),
  },
  { role: 'middleName', name: /middle|^mi$|^mname$|initial/ },
  {
    role: 'lastName',
    name: /(last|sur|family).*(name|nm)?|^lname$/,
    fits: (column) => isMost(column, column.words),
  },
  { role: 'login', name: /(netid|login|username|userid|uid|krb|sam|account|princip|eppn|networkid)/ },
  {
    role: 'institutionId',
    name: /(spridenid|emplid|empid|bannerid|studentid|employeeid|univid|universityid|institutionid|sisid|idnumber|idno|personid|patronid|^id$)/,
  },
  { role: 'institutionId', name: /pidm/ },
  {
    role: 'mobile',
    name: /(mobile|cell)/,
    fits: (column) => isMost(column, column.phones),
    what: 'telephone numbers',
  },
  {
    role: 'phone',
    name: /(phone|tel|ext)/,
    fits: (column) => isMost(column, column.phones),
    what: 'telephone numbers',
  },
  { role: 'phoneArea', name: /(phone|tel)area|areacode/ },
  { role: 'line1', name: /(street|addr(ess)?(line)?1|line1|^address$|^addr$|addressline$)/ },
  { role: 'line2', name: /(addr(ess)?(line)?2|line2|street2|apt)/ },
  { role: 'city', name: /(city|town)/ },
  {
    role: 'state',
    name: /(state|province|region|^stat(code)?$|statcode)/,
    fits: (column) => column.longest <= 30,
  },
  { role: 'postalCode', name: /(zip|postal|postcode)/ },
  { role: 'country', name: /(country|nation|natn)/ },
  {
    role: 'group',
    name: /(usergroup|patrongroup|patrontype|persontype|ptype|group|ecls|category|affiliation|status|class|role|type|level)/,
    fits: (column) => column.codes !== null,
    what: 'few codes',
  },
  {
    role: 'department',
    name: /(dept|department|orgunit|college|school|major|program|division|unit)/,
    fits: (column) => column.codes !== null,
    what: 'few codes',
  },
];

/** Guesses what the columns are, by their names and by what their values have in common. */
export function guessRoles(columns: readonly ColumnProfile[]): Roles {
  const roles = new Map<Role, Guess>();
  const taken = new Set<ColumnProfile>();
  for (const { role, name, fits, what } of rules) {
    if (roles.has(role)) continue;
    const found = columns.find(
      (column) =>
        !taken.has(column) && column.filled > 0 && name.test(plain(column.name)) && (fits?.(column) ?? true),
    );
    if (!found) continue;
    taken.add(found);
    roles.set(role, { column: found, why: what ? `its name, and it holds ${what}` : 'its name' });
  }
  return roles;
}

/** Rows for each different value, on average: with fewer, names of a small file would be taken for codes. */
const minRowsPerCode = 3;

/** Columns with personal values, even if their name also says group or department. */
const personalName = /(name|nick|city|town|street|addr|apt|mail|phone|birth|advis|supervis|manager)/;

/** A code, or a few words that say what it means. Numbers of more digits are of persons. */
const codeForm = /^(?!.*\d{5})[\p{L}\p{N}_./&'(),:+ -]{1,30}$/u;

/**
 * Whether the values of a column may be written down and shown. Values alone cannot tell: LEE and KIM look like codes. So the
 * name of the column must say group or department, or a person must have chosen it, and the values must be few.
 */
export function holdsCodes(column: ColumnProfile, isChosen = false): boolean {
  const { codes } = column;
  const name = plain(column.name);
  const isNamed = rules.some(
    (rule) => (rule.role === 'group' || rule.role === 'department') && rule.name.test(name),
  );
  return (
    codes !== null &&
    (isNamed || isChosen) &&
    !personalName.test(name) &&
    codes.length * minRowsPerCode <= column.filled &&
    codes.every(([code]) => codeForm.test(code))
  );
}

/** The columns that can identify a person, the likeliest first. */
export function keyCandidates(columns: readonly ColumnProfile[], roles: Roles): readonly ColumnProfile[] {
  const likely = (['institutionId', 'login', 'barcode', 'email'] as const).map(
    (role) => roles.get(role)?.column,
  );
  const keys = columns.filter(({ isKey }) => isKey);
  const rank = (column: ColumnProfile) => {
    const at = likely.indexOf(column);
    return at < 0 ? likely.length : at;
  };
  const sorted = keys.toSorted((a, b) => rank(a) - rank(b));
  // A person may have several rows: then no column is a key, and a name has to do.
  const named = likely.flatMap((column) => (column && column.filled > 0 ? [column] : []));
  return sorted.length > 0 ? sorted : named;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
