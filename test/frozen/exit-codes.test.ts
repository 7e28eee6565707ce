import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorKinds, exitCodes } from '../../src/core/errors.ts';
import { run } from '../support/command.ts';
import { makeLibrary } from '../support/library.ts';

/**
 * The exit code of each error code in version 0.1.0. Schedulers and monitors act on them, so one that is missing or
 * has another number fails. A new code is allowed, and needs no change here.
 */
const frozen: Record<string, number> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'exit-codes.json'), 'utf8'),
);

it.each(Object.entries(frozen))('%s still ends a command with %i', (code, exit) => {
  expect(exitCodes[errorKinds[code as ErrorCode]]).toBe(exit);
});

describe('a command ends', () => {
  const ended = async (...args: string[]) =>
    (await run(args, { workingDirectory: (await makeLibrary()).directory })).code;

  it('with 0 when all is done', async () => expect(await ended('load')).toBe(0));

  it('with 1 when more was rejected than is allowed', async () => {
    const library = await makeLibrary();
    await library.rows('staff', [['P1', 'Name', 'B1', ''], ...Array(9).fill(['P2', '', 'B2', ''])]);
    expect((await run(['load'], { workingDirectory: library.directory })).code).toBe(1);
  });

  it('with 64 for an option that is unknown', async () => expect(await ended('load', '--unknown')).toBe(64));

  it('with 64 for a file that is missing', async () =>
    expect(await ended('validate', 'missing.xml')).toBe(64));
});
