import { isSeq, parseDocument, stringify } from 'yaml';
import { PatronflowError } from '../../core/errors.ts';
import { RejectedPerson } from '../rejected-person.ts';
import type { RunFacts } from '../template/functions/expression-function.ts';
import type { UserTemplate } from '../template/user-template.ts';
import { inventRow, type Random } from './invent-row.ts';
import { readUser } from './read-user.ts';
import { rowValues } from './run-case.ts';
import { flatten } from './user-path.ts';

/** A case as its file has it. */
export interface RecordedCase {
  readonly case: string;
  readonly now: string;
  readonly row: Readonly<Record<string, string>>;
  readonly expect?: Readonly<Record<string, string | null>>;
  readonly rejects?: { readonly reason: string; readonly element: string };
}

/** Rows invented until one fares as the real one did, such as a barcode that must begin with a 2. */
const maxTries = 50;

export interface Recording {
  readonly title: string;
  /** The key of the person. */
  readonly person: string;
  readonly values: 'trim' | 'keep';
  readonly random: Random;
}

/**
 * Makes a case of a real row, with invented values.
 * @param row values of a real person, by the template's names of the columns
 * @returns the case, and whether the invented row fills the same elements with the same codes, or is rejected alike
 */
export function recordCase(
  row: Readonly<Record<string, string>>,
  template: UserTemplate,
  run: RunFacts,
  { title, person, values, random }: Recording,
): { recorded: RecordedCase; faresAlike: boolean } {
  const fares = (each: Readonly<Record<string, string>>) =>
    fareOf(rowValues(each, template.columns, values), template);
  const real = JSON.stringify(fares(row).as);
  let invented = row;
  let fared = fares(row);
  for (let tries = 0; tries < maxTries && (tries === 0 || JSON.stringify(fared.as) !== real); tries += 1) {
    invented = inventRow(row, template, run, person, random);
    fared = fares(invented);
  }
  const filled = Object.fromEntries(Object.entries(invented).filter(([, value]) => value !== ''));
  const recorded = { case: title, now: run.now.toISOString().slice(0, 10), row: filled, ...fared.expected };
  return { recorded, faresAlike: JSON.stringify(fared.as) === real };
}

/** What becomes of a row: what must stay the same when its values are invented, and what its case expects. */
function fareOf(
  values: Readonly<Record<string, string>>,
  template: UserTemplate,
): { as: unknown; expected: Pick<RecordedCase, 'expect' | 'rejects'> } {
  try {
    const { xml, filled, codes } = template.fill(values);
    return { as: { filled, codes }, expected: { expect: expectedOf(xml, template.elements) } };
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
    const { reason, element } = error;
    return { as: { reason, element }, expected: { rejects: { reason, element } } };
  }
}

/** The values that come from the row, by their paths; null for elements that are left out. */
function expectedOf(xml: string, elements: readonly string[]): Record<string, string | null> {
  const user = readUser(xml);
  if (!user) throw new Error('a user that cannot be read');
  const fromRow = new Set(elements.map((label) => label.replace(/\[[^\]]*\]/g, '').replaceAll('/', '.')));
  const values = [...flatten(user)].filter(([path]) => fromRow.has(withoutPlaces(path)));
  const present = new Set(values.map(([path]) => withoutPlaces(path)));
  const absent = [...fromRow].filter((path) => !present.has(path));
  return Object.fromEntries([...values, ...absent.map((path) => [path, null] as const)]);
}

const withoutPlaces = (path: string): string => path.replace(/\[\d+\]/g, '');

const header =
  '# Tests of this template. Run them with: patronflow test\n# docs/template-tests.md of patronflow describes what a test can contain.\n';

/**
 * Puts a case behind those of a file, whose text and comments stay.
 * @param text of the file; null for a new one
 * @throws PatronflowError CASES_INVALID
 */
export function withCase(text: string | null, file: string, recorded: RecordedCase): string {
  if (text === null) return header + stringify({ cases: [recorded] }, { nullStr: 'null' });
  const document = parseDocument(text);
  const cases = document.errors.length === 0 ? document.get('cases') : null;
  if (!isSeq(cases))
    throw new PatronflowError('CASES_INVALID', `The tests in ${file} have no list of cases to add to.`, {
      hint: 'Run `patronflow test`; it names what is wrong.',
    });
  cases.add(document.createNode(recorded));
  return document.toString({ nullStr: 'null', lineWidth: 0 });
}
