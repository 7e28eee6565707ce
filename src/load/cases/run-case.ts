import { strip } from '../blanks.ts';
import { RejectedPerson } from '../rejected-person.ts';
import type { NamedColumn } from '../template/expressions.ts';
import type { UserTemplate } from '../template/user-template.ts';
import type { TemplateCase } from './parse-cases.ts';
import { readUser, type UserElement } from './read-user.ts';
import { flatten, valuesAt } from './user-path.ts';

/** Where a user is not what a case expects. Values in order; none for an element that is left out. */
export interface Difference {
  /** A path, or what else is compared. */
  readonly what: string;
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/** What a row becomes: a user, or why there is none. */
type Filled = { readonly user: UserElement } | { readonly rejected: RejectedPerson };

/**
 * Columns of a case that the template does not name: misspelt, they would be empty without a word.
 * @param persons columns that identify a person in the groups of the template
 */
export function unknownColumns(
  { row }: TemplateCase,
  columns: readonly Pick<NamedColumn, 'name'>[],
  persons: readonly string[],
): readonly string[] {
  const known = new Set([...columns.map(({ name }) => name), ...persons].map((name) => name.toLowerCase()));
  return Object.keys(row).filter((name) => !known.has(name.toLowerCase()));
}

/**
 * Fills the template with the row of a case.
 * @param wholeUser the text of the XML file that the case names
 * @returns where the user is not what is expected
 */
export function runCase(
  { row, expected }: TemplateCase,
  template: UserTemplate,
  values: 'trim' | 'keep',
  wholeUser: string | null,
): readonly Difference[] {
  const filled = fillRow(row, template, values);
  if (expected.kind === 'rejects') return compareReject(filled, expected.reason, expected.element);
  if ('rejected' in filled)
    return [{ what: 'user', expected: ['a user'], got: [rejectText(filled.rejected)] }];
  if (expected.kind === 'file') return compareUsers(filled.user, wholeUser ?? '');
  return expected.values.flatMap(({ text, path, values: wanted }) => {
    const got = valuesAt(filled.user, path);
    return isSame(wanted, got) ? [] : [{ what: text, expected: wanted, got }];
  });
}

/** The values that a template sees of a row: by its own names of the columns, empty where the row has none. */
export function rowValues(
  row: Readonly<Record<string, string>>,
  columns: readonly Pick<NamedColumn, 'name'>[],
  values: 'trim' | 'keep',
): Record<string, string> {
  const byName = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    columns.map(({ name }) => {
      const value = row[name] ?? byName.get(name.toLowerCase()) ?? '';
      return [name, values === 'trim' ? strip(value) : value];
    }),
  );
}

function fillRow(
  row: Readonly<Record<string, string>>,
  template: UserTemplate,
  values: 'trim' | 'keep',
): Filled {
  try {
    const { xml } = template.fill(rowValues(row, template.columns, values));
    const user = readUser(xml);
    if (!user) throw new Error('a user that cannot be read');
    return { user };
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
    return { rejected: error };
  }
}

function rejectText({ reason, element, functionName }: RejectedPerson): string {
  const where = functionName ? `${functionName} in ${element}` : element;
  return `rejected: ${reason}${where && ` (${where})`}`;
}

function compareReject(filled: Filled, reason: string, element: string | null): Difference[] {
  const expected = [`rejected: ${reason}${element === null ? '' : ` (${element})`}`];
  if (!('rejected' in filled)) return [{ what: 'user', expected, got: ['a user'] }];
  const { rejected } = filled;
  if (rejected.reason === reason && (element === null || rejected.element === element)) return [];
  return [{ what: 'user', expected, got: [rejectText(rejected)] }];
}

/** Compares two users value by value; the order of the children of a user says nothing. */
function compareUsers(user: UserElement, expectedXml: string): Difference[] {
  const expectedUser = readUser(expectedXml);
  if (!expectedUser) return [{ what: 'expect', expected: ['a user in XML'], got: [] }];
  const expected = flatten(expectedUser);
  const got = flatten(user);
  const texts = (value: string | undefined) => (value === undefined ? [] : [value]);
  return [...new Set([...expected.keys(), ...got.keys()])]
    .filter((path) => expected.get(path) !== got.get(path))
    .map((path) => ({ what: path, expected: texts(expected.get(path)), got: texts(got.get(path)) }));
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
