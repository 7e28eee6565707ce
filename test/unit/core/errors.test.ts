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
    ['ENOSPC', 'DISK_FULL', 'The disk is full (/x).'],
    ['EDQUOT', 'DISK_FULL', 'The disk is full (/x).'],
    ['EACCES', 'DISK_DENIED', 'The file system refuses to write or read (/x) (EACCES).'],
    ['ENOENT', 'DISK_DENIED', 'The file system refuses to write or read (/x) (ENOENT).'],
    ['EROFS', 'DISK_DENIED', 'The file system refuses to write or read (/x) (EROFS).'],
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

  it('has a code of the system, or none', () => {
    expect([systemError('EPIPE'), null, 'x', {}].map(systemCode)).toEqual(['EPIPE', '', '', '']);
  });
});
