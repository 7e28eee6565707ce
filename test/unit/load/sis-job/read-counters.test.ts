import { describe, expect, it } from 'vitest';
import { accountedFor, readCounters } from '../../../../src/load/sis-job/read-counters.ts';

const counter = (label: string, value: number, code = label) => ({ label, code, value });

describe('counters of a job', () => {
  it('are told by their words, and those of packages are left alone', () => {
    const { counts, others } = readCounters(
      [
        counter('Total records processed', 1),
        counter('Total users processed', 10),
        counter('Total users rejected', 1),
        counter('Total users updated successfully', 2),
        counter('Total users created successfully', 3),
        counter('Total users unchanged', 4),
      ],
      {},
    );
    expect(counts).toEqual({ processed: 10, rejected: 1, updated: 2, created: 3, unchanged: 4 });
    expect(others).toEqual([{ label: 'Total records processed', value: 1 }]);
    expect(accountedFor(counts)).toBe(10);
  });

  it('are not guessed where two fit', () => {
    const { counts } = readCounters([counter('Users created', 3), counter('Users created by others', 5)], {});
    expect(counts.created).toBeNull();
    expect(accountedFor(counts)).toBeNull();
  });

  it('are taken by their codes from the configuration, which goes first', () => {
    const { counts, others } = readCounters(
      [counter('Angelegt', 3, 'c.1'), counter('Users created', 5, 'c.2')],
      {
        created: 'c.1',
      },
    );
    expect(counts.created).toBe(3);
    expect(others).toEqual([{ label: 'Users created', value: 5 }]);
  });

  it('are shown without what changes a terminal', () => {
    expect(readCounters([counter('a\u001b[2Jb', 1)], {}).others[0]?.label).toBe('a\\u001b[2Jb');
  });
});
