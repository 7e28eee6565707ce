import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../../src/load/ledger.ts';
import type { AlmaResults, ObjectStore } from '../../../../src/load/ports.ts';
import { findTaken } from '../../../../src/load/roster/find-taken.ts';
import { never } from '../../../support/never.ts';

const files = { staff: ['staff_1.zip', 'staff_2.zip'], student: [] };
const ledger = (more: Partial<Ledger>): Ledger => ({
  version: 1,
  deliveredAt: '2026-03-01',
  groups: {},
  ...more,
});

const taken = async (present: readonly string[], more: Partial<Ledger> = {}, results: AlmaResults = {}) => {
  const list = async function* () {
    for (const key of present) yield { key, size: 1 };
  };
  const store = { list } as unknown as ObjectStore;
  return [...(await findTaken({ files }, { ledger: ledger(more), results, storeOf: () => store }, never))];
};

describe('files that Alma has taken', () => {
  it('are those that are gone, all of a group', async () => {
    expect(await taken([])).toEqual(['staff', 'student']);
    expect(await taken(['staff_1.zip.handled'])).toEqual(['staff', 'student']);
    expect(await taken(['staff_2.zip'])).toEqual(['student']);
  });

  it('are not known to be taken after a run that may have removed them', async () => {
    expect(await taken([], { replacing: true })).toEqual([]);
  });

  it("are those of which Alma's job says so, also when they lie there still", async () => {
    expect(await taken(['staff_1.zip'], { replacing: true }, { staff: 'taken' })).toEqual(['staff']);
    expect(await taken([], {}, { staff: 'refused' })).toEqual(['student']);
  });
});
