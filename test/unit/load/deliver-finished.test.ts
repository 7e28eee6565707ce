import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderObjects } from '../../../src/adapters/objects/folder.ts';
import { leaseRanOut } from '../../../src/core/lease.ts';
import { deliverFinished } from '../../../src/load/deliver-finished.ts';
import { newReport } from '../../../src/load/load-report.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { never } from '../../support/never.ts';
import { memoryLog } from '../support/poll-ports.ts';

const now = new Date('2026-03-02T12:00:00Z');
const policy = { attempts: 1, firstDelayMs: 1, kinds: ['transient'] } as const;
const job = {
  now,
  replace: 'own',
  retry: policy,
  swapRetry: policy,
  dryRun: false,
  leavers: null,
  groups: [{ name: 'staff' }],
} as const;
const key = 'staff_2026-03-02_12.00.00.zip';

/** A finished file of staff, and a store with the file of the day before. */
async function makeDelivery(assertHeld: () => Promise<void>) {
  const directory = await temporaryDirectory();
  const [store, path] = [join(directory, 'alma'), join(directory, key)];
  await mkdir(store);
  await writeFile(join(store, 'staff_2026-03-01_12.00.00.zip'), 'old');
  await writeFile(path, 'new');
  const sha256 = createHash('sha256').update('new').digest('hex');
  const report = newReport({ title: 'Load', now }, 'a folder');
  const archives = [{ key, path, size: 3, sha256, users: 1, xmlFiles: 1 }];
  const ledger = {
    users: 1,
    rows: 1,
    columns: {},
    elements: {},
    codes: {},
    madeAt: now.toISOString(),
    inputs: {},
  };
  const folder = createFolderObjects({ directory: store });
  const ports = { store: folder, storeOf: () => folder, ledger: null, roster: null, log: memoryLog().log };
  const delivering = deliverFinished(
    job,
    ports,
    { signal: never, assertHeld },
    { groups: [{ group: 'staff', archives, ledger }], last: null, report },
  );
  return { delivering, report, delivered: () => readdir(store) };
}

describe('finished files', () => {
  it('take the place of older ones', async () => {
    const { delivering, report, delivered } = await makeDelivery(async () => {});
    await delivering;
    expect(await delivered()).toEqual([key]);
    expect(report.outcome).toBe('written');
  });

  it('are not delivered by a run whose lease another one may hold', async () => {
    const { delivering, delivered } = await makeDelivery(async () => {
      throw leaseRanOut('ledger.lease');
    });
    await expect(delivering).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await delivered()).toEqual(['staff_2026-03-01_12.00.00.zip']);
  });
});
