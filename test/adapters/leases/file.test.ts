import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileLease } from '../../../src/adapters/leases/file.ts';
import { toPatronflowError } from '../../../src/core/errors.ts';
import type { Claimant } from '../../../src/core/lease.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

let directory: string;
let path: string;

const open = (token: string, more: Partial<Claimant> = {}) =>
  createFileLease({ path, claimant: { token, host: `${token}-host`, pid: 7, isAlive: () => true, ...more } });
const until = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const textOf = (token: string, minutes: number) =>
  JSON.stringify({ token, host: `${token}-host`, pid: 7, until: until(minutes) });
const token = async () => JSON.parse(await readFile(path, 'utf8')).token;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'state.json.lease');
});

describe('a lease in a file', () => {
  it('is made with its folder, for its owner alone, also when it is renewed', async () => {
    path = join(directory, 'a', 'b', 'lease');
    const lease = open('first');
    expect(await lease.check(never)).toBe('free');
    await withoutUmask(() => lease.acquire(never));
    expect(await modesBelow(directory)).toEqual(['750 a', '750 a/b', '600 a/b/lease']);
    await lease.renew();

    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('that another run took over in between is not touched', async () => {
    await writeFile(path, JSON.stringify({ token: 'dead', host: 'second-host', pid: 666, until: until(1) }));
    // While the second one looks, the first one is faster.
    const isAlive = () => {
      writeFileSync(path, textOf('first', 2));
      return false;
    };
    const looking = open('second', { isAlive });

    expect(await failureOf(looking.acquire(never))).toMatchObject({ code: 'RUN_IN_PROGRESS' });

    expect(await token()).toBe('first');
    expect(await readdir(directory)).toEqual(['state.json.lease']);
    const { nlink, ctimeNs, mtimeNs } = await stat(path, { bigint: true });
    expect(nlink).toBe(1n);
    // Never renamed, never linked: it was there at every moment.
    expect(ctimeNs).toBe(mtimeNs);
  });

  it('whose successor died while it took over has another one', async () => {
    const over = textOf('old', -1);
    const turn = `${path}.${createHash('sha256').update(over).digest('hex').slice(0, 16)}`;
    await writeFile(path, over);
    await writeFile(turn, textOf('slow', 1));
    // As long as that run may be at work, no other starts.
    expect(await failureOf(open('first').acquire(never))).toMatchObject({ code: 'RUN_IN_PROGRESS' });
    await writeFile(turn, textOf('slow', -1));

    await open('first').acquire(never);

    expect(await token()).toBe('first');
    expect(await readdir(directory)).toEqual(['state.json.lease']);
  });

  it('is won by one of many that come at their own time, and is never without an owner', async () => {
    for (let round = 0; round < 20; round += 1) {
      path = join(directory, `lease-${round}`);
      await writeFile(path, textOf('old', -1));
      const tries = await Promise.allSettled(
        Array.from({ length: 20 }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, index % 4));
          await open(`run-${index}`).acquire(never);
          return `run-${index}`;
        }),
      );

      const won = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).toEqual([await token()]);
    }
    expect(await readdir(directory)).toHaveLength(20);
  });

  it('says that its place is none', async () => {
    await writeFile(join(directory, 'file'), '');
    path = join(directory, 'file', 'lease');

    for (const work of [() => open('first').check(never), () => open('first').acquire(never)]) {
      expect(await work().catch(toPatronflowError)).toMatchObject({ code: 'DISK_DENIED', kind: 'config' });
    }
  });
});
