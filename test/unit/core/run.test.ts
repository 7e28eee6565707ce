import { describe, expect, it } from 'vitest';
import type { Books } from '../../../src/core/books.ts';
import { PatronflowError } from '../../../src/core/errors.ts';
import { exitCodeOf, newRunReport, recordFailure, rejectedShare, reportOf } from '../../../src/core/run.ts';
import { memoryLog } from '../support/poll-ports.ts';

const now = new Date('2026-03-01T12:00:05.678Z');
const report = () => newRunReport({ title: 'Poll', now });
const books = (read: number, rejected: number): Books => ({
  read,
  written: read - rejected,
  unchanged: 0,
  duplicate: 0,
  skipped: 0,
  rejected,
  reasons: {},
});

describe('the report of a run', () => {
  it('begins with nothing but its time', () => {
    expect(report()).toEqual({
      title: 'Poll',
      run: '2026-03-01_12.00.05',
      startedAt: '2026-03-01T12:00:05.678Z',
      warnings: [],
      error: null,
      outcome: 'failed',
    });
  });

  it('tells the error that ended it, and logs it once', () => {
    const failed = report();
    const { log, lines } = memoryLog();
    recordFailure(failed, new PatronflowError('SOURCE_LOST', 'Gone.', { hint: 'Again.' }), log);
    expect(failed.error).toEqual({
      code: 'SOURCE_LOST',
      kind: 'transient',
      message: 'Gone.',
      hint: 'Again.',
    });
    expect(lines).toEqual([{ level: 'error', message: 'Gone.', facts: { code: 'SOURCE_LOST' } }]);
  });

  it('shows where a cause came from when LOG_LEVEL is debug, without what it says', () => {
    const { log, lines } = memoryLog();
    const cause = new TypeError('Ada Lovelace, 1 Main St');
    recordFailure(report(), new PatronflowError('UNEXPECTED', 'Oh.', { cause }), log);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'debug']);
    expect(lines[1]?.message).toMatch(/^TypeError from:\n\s+at .*run\.test\.ts/);
    expect(JSON.stringify(lines)).not.toContain('Ada');
  });
});

describe('a run', () => {
  const ended = async (thrown: unknown, isStopped: boolean) => {
    const { log } = memoryLog();
    const signal = isStopped ? AbortSignal.abort() : new AbortController().signal;
    return reportOf(report(), { log, signal }, () => Promise.reject(thrown));
  };

  it('hands over its own report when it ends well', async () => {
    const { log } = memoryLog();
    const done = { ...newRunReport({ title: 'Done', now }), outcome: 'sent' };
    const { signal } = new AbortController();
    expect(await reportOf({ ...report(), outcome: '' }, { log, signal }, async () => done)).toBe(done);
  });

  it.each([
    ['an aborted call', new DOMException('aborted', 'AbortError')],
    ['a connection that closed', Object.assign(new Error('closed'), { code: 'ECONNRESET' })],
  ])('that was stopped during %s is stopped', async (_, thrown) => {
    expect(await ended(thrown, true)).toMatchObject({ outcome: 'stopped', error: { code: 'STOPPED' } });
    expect(await ended(thrown, false)).toMatchObject({ outcome: 'failed', error: { code: 'UNEXPECTED' } });
  });

  it.each([
    ['SWAP_INCOMPLETE', new PatronflowError('SWAP_INCOMPLETE', 'Half.')],
    ['STORE_FULL', new PatronflowError('STORE_FULL', 'Full.')],
    ['DISK_FULL', Object.assign(new Error('full'), { code: 'ENOSPC' })],
  ])('that was stopped and met %s tells the error', async (code, thrown) => {
    expect(await ended(thrown, true)).toMatchObject({ outcome: 'failed', error: { code } });
  });
});

describe('the exit code of a run', () => {
  const settings = { books: [books(10, 3), books(0, 0), books(30, 1)], maxRejects: 0.1, notices: 0 };

  it('is 0 when no more was rejected than the job allows, in all books together', () => {
    expect(rejectedShare(settings.books)).toBe(0.1);
    expect(exitCodeOf(report(), settings)).toBe(0);
    expect(exitCodeOf(report(), { ...settings, books: [], maxRejects: 0 })).toBe(0);
  });

  it('is 1 when more was rejected', () => {
    expect(exitCodeOf(report(), { ...settings, maxRejects: 0.09 })).toBe(1);
  });

  it('tells of a lost mail before rejects, and of the error before both', () => {
    const told = { ...settings, maxRejects: 0, notices: 69 };
    expect(exitCodeOf(report(), told)).toBe(69);
    const failed = report();
    recordFailure(failed, new PatronflowError('SOURCE_LOST', 'Gone.'), memoryLog().log);
    expect(exitCodeOf(failed, told)).toBe(75);
  });
});
