import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { newRunReport, recordError } from '../../../src/core/run-report.ts';
import { memoryLog } from '../support/poll-ports.ts';

const now = new Date('2026-03-01T12:00:05.678Z');

describe('the report of a run', () => {
  it('begins with nothing but its time', () => {
    expect(newRunReport({ title: 'Poll', now })).toEqual({
      title: 'Poll',
      run: '2026-03-01_12.00.05',
      startedAt: '2026-03-01T12:00:05.678Z',
      warnings: [],
      error: null,
    });
  });

  it('tells the error that ended it, and logs it once', () => {
    const report = newRunReport({ title: 'Poll', now });
    const { log, lines } = memoryLog();
    recordError(report, new PatronflowError('SOURCE_LOST', 'Gone.', { hint: 'Again.' }), log);
    expect(report.error).toEqual({
      code: 'SOURCE_LOST',
      kind: 'transient',
      message: 'Gone.',
      hint: 'Again.',
    });
    expect(lines).toEqual([{ level: 'error', message: 'Gone.', facts: { code: 'SOURCE_LOST' } }]);
  });

  it('shows where a cause came from to whoever debugs, without what it says', () => {
    const { log, lines } = memoryLog();
    const cause = new TypeError('Ada Lovelace, 1 Main St');
    recordError(
      newRunReport({ title: 'Poll', now }),
      new PatronflowError('UNEXPECTED', 'Oh.', { cause }),
      log,
    );
    expect(lines.map(({ level }) => level)).toEqual(['error', 'debug']);
    expect(lines[1]?.message).toMatch(/^TypeError from:\n\s+at .*run-report\.test\.ts/);
    expect(JSON.stringify(lines)).not.toContain('Ada');
  });
});
