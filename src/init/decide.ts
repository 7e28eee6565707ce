import type { Choice, Questions } from './ask.ts';
import { holdsCodes, keyCandidates, type Role, type Roles } from './guess-roles.ts';
import type { ColumnProfile } from './profile-column.ts';

/** What is to be known of the people of a feed before a user can be made of them. */
export interface Mapping {
  readonly person: string;
  readonly primaryId: string;
  /** A column of codes, or one code for all. */
  readonly group: { readonly column: string } | { readonly code: string };
  /** A column of dates with their form, or months from the day of the run. */
  readonly expiry: { readonly column: ColumnProfile; readonly form: string } | { readonly months: number };
  readonly barcode: string;
  readonly roles: Roles;
}

const noColumn = 'none';
const months = [12, 6, 24];

/** Asks for what cannot be known from a file, and proposes what is likely. */
export async function decide(
  name: string,
  columns: readonly ColumnProfile[],
  roles: Roles,
  questions: Questions,
): Promise<Mapping> {
  const names = columns.map((column) => column.name);
  const asChoice = (column: ColumnProfile): Choice => ({ name: column.name, why: whyKey(column) });
  const keys = keyCandidates(columns, roles).slice(0, 5);
  const person = await questions.choose(
    `Which column of ${name} identifies a person, the same every night?`,
    (keys.length > 0 ? keys : columns.slice(0, 5)).map(asChoice),
    names,
  );
  const ids = [roles.get('login')?.column, roles.get('email')?.column, ...keys].flatMap((each) => each ?? []);
  const primaryId = await questions.choose(
    'Which column has what Alma calls the primary id?',
    unique([...ids.map(asChoice), { name: person, why: 'it identifies a person' }]),
    names,
  );
  // Names are few in a small file, and are no codes.
  const named = new Set([...roles].flatMap(([role, { column }]) => (isCoded(role) ? [] : [column])));
  const coded = columns.filter((column) => column.codes !== null && !named.has(column));
  const groupGuess = roles.get('group')?.column;
  const group = await questions.choose(
    'Which column holds the user group? Its codes go into a lookup table.',
    unique([
      ...(groupGuess ? [{ name: groupGuess.name, why: codesText(groupGuess) }] : []),
      ...coded.map((column) => ({ name: column.name, why: codesText(column) })).slice(0, 5),
      { name: noColumn, why: 'all are of one group' },
    ]),
    names,
  );
  const expiry = await questions.choose('When do users expire?', expiryChoices(columns, roles), []);
  const cards = roles.get('barcode')?.column.name;
  const barcode = await questions.choose(
    'Which column has the barcode?',
    unique([...(cards ? [{ name: cards, why: 'its name' }] : []), { name: noColumn, why: '' }]),
    names,
  );
  const known = await withLastName(columns, roles, questions);
  return {
    person,
    primaryId,
    group: group === noColumn ? { code: 'PATRON' } : { column: group },
    expiry: expiryOf(expiry, columns),
    barcode: barcode === noColumn ? '' : barcode,
    roles: withoutTaken(known, [person, primaryId, group, barcode]),
  };
}

const isCoded = (role: Role): boolean => role === 'group' || role === 'department';

/** Alma takes no user without a last name. */
async function withLastName(
  columns: readonly ColumnProfile[],
  roles: Roles,
  questions: Questions,
): Promise<Roles> {
  if (roles.has('lastName')) return roles;
  const taken = new Set([...roles.values()].map(({ column }) => column));
  const words = columns.filter((column) => !taken.has(column) && column.share(column.words) > 0.9);
  const choices = words.toSorted((a, b) => Number(a.codes !== null) - Number(b.codes !== null));
  const answer = await questions.choose(
    'Which column has the last name?',
    choices.slice(0, 5).map(({ name }) => ({ name, why: 'it holds words' })),
    columns.map(({ name }) => name),
  );
  const column = columns.find(({ name }) => name === answer);
  return column ? new Map([...roles, ['lastName', { column, why: 'it was chosen' }]]) : roles;
}

function whyKey(column: ColumnProfile): string {
  if (column.isKey) return 'every row has a different value';
  if (column.isUnique) return `unique, ${column.rows - column.filled} rows are empty`;
  return 'some rows have the same value';
}

function codesText(column: ColumnProfile): string {
  const codes = column.codes ?? [];
  if (!holdsCodes(column)) return `${codes.length} different values`;
  const shown = codes.slice(0, 4).map(([code, count]) => `${code} ${count}`);
  return shown.join(', ') + (codes.length > shown.length ? ' …' : '');
}

function expiryChoices(columns: readonly ColumnProfile[], roles: Roles): Choice[] {
  const guess = roles.get('expiry')?.column;
  const dated = columns.filter((column) => column.dateForm !== null && column !== guess);
  const dates = [...(guess ? [guess] : []), ...dated].map((column) => ({
    name: column.name,
    why: `dates such as ${column.dateForm}`,
  }));
  const ahead = months.map((count) => ({ name: `${count} months`, why: 'after each run' }));
  return guess ? [...dates, ...ahead] : [...ahead, ...dates];
}

function expiryOf(answer: string, columns: readonly ColumnProfile[]): Mapping['expiry'] {
  const column = columns.find(({ name }) => name === answer);
  if (column?.dateForm) return { column, form: column.dateForm };
  return { months: Number.parseInt(answer, 10) || (months[0] ?? 12) };
}

function unique(choices: readonly Choice[]): Choice[] {
  return choices.filter(({ name }, at) => choices.findIndex((other) => other.name === name) === at);
}

/** What was chosen for one thing is not taken for another. An institution's id stays an identifier even if it identifies the person. */
function withoutTaken(roles: Roles, taken: readonly string[]): Roles {
  const kept: readonly Role[] = ['email', 'institutionId'];
  return new Map(
    [...roles].filter(([role, { column }]) => kept.includes(role) || !taken.includes(column.name)),
  );
}
