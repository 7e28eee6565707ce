import { describe, expect, it } from 'vitest';
import { PatronflowError, stackOf, systemCode, toPatronflowError } from '../../../src/core/errors.ts';

const systemError = (code: string, path?: string) =>
  Object.assign(new Error('a value of a record'), { code, ...(path && { path }) });

describe('a value that was thrown', () => {
  it('is passed on when it is one of ours', () => {
    const error = new PatronflowError('STORE_BUSY', 'busy', { hint: 'wait' });
    expect(toPatronflowError(error)).toBe(error);
    expect(error).toMatchObject({ kind: 'transient', hint: 'wait', message: 'busy' });
  });

  it.each([
    ['ENOSPC', 'DISK_FULL', 'The disk is full: /x (ENOSPC).'],
    ['EDQUOT', 'DISK_FULL', 'The disk is full: /x (EDQUOT).'],
    ['EACCES', 'DISK_DENIED', 'The file system refuses to write or read: /x (EACCES).'],
    ['ENOENT', 'DISK_DENIED', 'There is no such file or folder: /x (ENOENT).'],
    ['ENOTDIR', 'DISK_DENIED', expect.stringMatching(/^There is a file where a folder should be.*: \/x/)],
    ['EEXIST', 'DISK_DENIED', 'Something else exists there already: /x (EEXIST).'],
    ['EROFS', 'DISK_DENIED', 'The file system refuses to write or read: /x (EROFS).'],
  ])('%s of the disk is %s', (code, expected, message) => {
    expect(toPatronflowError(systemError(code, '/x'))).toMatchObject({ code: expected, message });
  });

  it.each([[systemError('EOTHER')], ['a value of a record'], [undefined], [{ code: 7 }]])(
    'is a bug else, and its own words are not passed on: %s',
    (thrown) => {
      const error = toPatronflowError(thrown);
      expect(error).toMatchObject({ code: 'UNEXPECTED', kind: 'bug' });
      expect(error.message + error.hint + stackOf(error)).not.toContain('a value of a record');
    },
  );

  it('shows where it came from', () => {
    expect(stackOf(toPatronflowError(new RangeError('secret')))).toMatch(
      /^RangeError from:\n\s+at .*errors\.test\.ts/,
    );
    expect(stackOf(new Error('none'))).toBe('');
  });

  it.each([
    ['a line of its own', (error: Error) => error],
    ['a message that was changed afterwards', (error: Error) => Object.assign(error, { message: 'other' })],
    ['a name of its own', (error: Error) => Object.assign(error, { name: 'Doe\n    at Doe (doe:1:1)' })],
  ])('shows no part of its message that looks like a frame: %s', (_, changed) => {
    const made = new Error('Doe\n    at Doe (doe:1:1)\n    at Jane, who was born in 1970');
    // It is written down at the first look.
    expect(made.stack).toContain('Jane');
    const error = changed(made);
    const stack = stackOf(toPatronflowError(error));
    expect(stack.split('\n').slice(1).join('\n')).not.toMatch(/Doe|Jane/);
  });

  it('asks for the right to a path only where it is missing', () => {
    const hintOf = (code: string) => toPatronflowError(systemError(code, '/x')).hint;
    expect(hintOf('EACCES')).toContain('the right');
    for (const code of ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST']) expect(hintOf(code)).not.toContain('right');
  });

  it('has a code of the system, or none', () => {
    expect([systemError('EPIPE'), null, 'x', {}].map(systemCode)).toEqual(['EPIPE', '', '', '']);
  });
});

describe('a message', () => {
  it('changes no terminal and no page by what it quotes', () => {
    const { message, hint } = new PatronflowError('STORE_BUSY', 'a\u001b[2Jb\u009bc\nd', {
      hint: 'e\u202ef',
    });
    expect([message, hint]).toEqual(['a\\u001b[2Jb\\u009bc\\u000ad', 'e\\u202ef']);
  });

  it('has several lines where they are given one by one, none of them without end', () => {
    const { message } = new PatronflowError('STORE_BUSY', ['one', `two\n${'x'.repeat(5000)}`]);
    const [first, second, ...others] = message.split('\n');
    expect([first, second?.length, others]).toEqual(['one', 1001, []]);
  });
});
