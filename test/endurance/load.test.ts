import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import yauzl from 'yauzl';
import { temporaryDirectory } from '../support/command.ts';
import { startPostgres } from '../support/postgres.ts';
import { expectFlat, show } from './flatness.ts';
import { sizes } from './sizes.ts';
import { fillWarehouse } from './warehouse-people.ts';
import { watch } from './watched-process.ts';

const { people } = sizes;

/**
 * For each of the heaps of the process. A few hundred thousand at 40 MB sometimes run out of memory and a million at 64 does
 * not; half as much again is for machines on which more piles up. Node's own limit is some gigabytes.
 */
const heapMegabytes = 96;

/** A load knows everybody by a key and some identifiers of 20 bytes each, for a moment twice while their table grows. */
const keptBytes = 80;

it(`loads ${people} people with the preset patronload in a bounded space`, async () => {
  const postgres = await startPostgres();
  try {
    const database = await postgres.freshDatabase();
    const address = new URL(database.url);
    Object.assign(address, { username: database.user, password: database.password });
    await fillWarehouse(address.href, people);
    await database.close();
    const directory = await temporaryDirectory();
    const run = await watch(['load', '--config', 'preset:patronload', '--json'], {
      environment: {
        DATA_WAREHOUSE_URL: `${database.url}?sslmode=disable`,
        DATA_WAREHOUSE_USER: database.user,
        DATA_WAREHOUSE_PASSWORD: database.password,
        DELIVERY_URL: 'file:./alma',
        WORKSPACE: 'endurance',
      },
      directory,
      heapMegabytes,
    });
    show('load', people, run);
    expect(run.stderr.split('\n').filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(run.code).toBe(0);

    const { outcome, groups } = JSON.parse(run.stdout);
    expect(outcome).toBe('delivered');
    const sum = (figure: string) =>
      groups.reduce(
        (total: number, { books }: { books: Record<string, number> }) => total + (books[figure] ?? 0),
        0,
      );
    expect(sum('read')).toBe(people);
    expect(sum('written') + sum('duplicate') + sum('rejected')).toBe(people);
    expect(sum('written')).toBeGreaterThan(people * 0.9);
    expect(await countUsers(join(directory, 'alma'))).toEqual({
      users: sum('written'),
      different: sum('written'),
    });
    expectFlat(run.samples, ((people / 2) * keptBytes) / 1e6);
  } finally {
    await postgres.stop();
  }
});

/** The users of all zips, and how many different primary ids they have. */
async function countUsers(folder: string): Promise<{ users: number; different: number }> {
  const ids = new Set<string>();
  let users = 0;
  for (const name of readdirSync(folder)) {
    const zip = await yauzl.openPromise(join(folder, name));
    for await (const entry of zip.eachEntry()) {
      let rest = '';
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        const text = rest + String(chunk);
        const end = text.lastIndexOf('</user>');
        for (const [, id = ''] of text.slice(0, Math.max(0, end)).matchAll(/<primary_id>([^<]*)</g)) {
          users += 1;
          // A piece of a chunk as it is would keep the whole chunk in memory.
          ids.add(createHash('md5').update(id).digest('base64'));
        }
        rest = text.slice(Math.max(0, end));
      }
    }
  }
  return { users, different: ids.size };
}
