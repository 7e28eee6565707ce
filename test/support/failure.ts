import { expect } from 'vitest';
import { PatronflowError } from '../../src/core/errors.ts';

/** What tests put where a secret or a value of a record stands, and never want to read in an error. */
const marks = /secret|Ada Lovelace|12 HIDDEN LN/;

/** The error of work that must fail, after a look that it is ours, says what to do next, and gives nothing away. */
export async function failureOf(
  work: Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<PatronflowError> {
  const thrown = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(PatronflowError);
  const error = thrown as PatronflowError;
  expect(error.hint).not.toBe('');
  const said = `${error.message} ${error.hint}`;
  expect(said).not.toMatch(marks);
  for (const secret of secrets) expect(said).not.toContain(secret);
  return error;
}
