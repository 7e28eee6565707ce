import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { startCommand } from '../support/command-process.ts';
import { makeLibrary, twenty } from '../support/library.ts';
import { isNightly } from '../support/nightly.ts';
import { folderBench, type ObjectsBench, s3Bench, sftpBench } from '../support/objects-benches.ts';

/** Points of which one by day stands for its kind: those of the night leave what one beside them does. */
type Points = readonly (readonly [point: string, when?: 'nightly'])[];

const folderPoints: Points = [
  ['objects.stage#1 after'],
  ['objects.remove#1 after'],
  ['objects.publish#1 after'],
  ['objects.publish#2 after', 'nightly'],
  ['checkpoints.save#1 before', 'nightly'],
  ['checkpoints.save#1 after'],
  ['leases.release#1 before'],
];

/** Where another store might leave something else than a folder does. */
const storePoints: Points = [
  ['objects.stage#1 after', 'nightly'],
  ['objects.remove#1 after', 'nightly'],
  ['objects.publish#1 after'],
  ['objects.publish#2 after', 'nightly'],
  ['checkpoints.save#1 before', 'nightly'],
  ['checkpoints.save#1 after', 'nightly'],
  ['leases.release#1 before', 'nightly'],
];

const benches: readonly (readonly [string, () => Promise<ObjectsBench>, Points])[] = [
  ['a folder', folderBench, folderPoints],
  ['S3', () => s3Bench(), storePoints],
  ['an SFTP server', sftpBench, storePoints],
];

const environment = {
  AWS_ACCESS_KEY_ID: 'test-access-key',
  AWS_SECRET_ACCESS_KEY: 'test-secret-key',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const names = ['staff', 'student'].map((group) => `${group}_2026-03-02_12.00.00.zip`);
const argumentsOf = (day: number) => ['load', '--now', `2026-03-0${day}T12:00:00Z`];

describe.each(benches)('kill -9 of load --held to %s', (_, startBench, points) => {
  let bench: ObjectsBench;
  let jobs = 0;
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  /** A job that delivered twenty people, and of which the guard held ten on the next day. */
  const makeHeld = async () => {
    const { directory: workingDirectory, configure, rows } = await makeLibrary();
    jobs += 1;
    const folder = `in-${jobs}`;
    await configure(bench.deliver(folder));
    const options = { workingDirectory, environment };
    expect((await run(argumentsOf(1), options)).code).toBe(0);
    await rows('staff', twenty.slice(0, 10));
    expect((await run(argumentsOf(2), options)).code).toBe(3);
    const work = join(workingDirectory, 'work');
    return { folder, options, work, held: join(work, readdirSync(work)[0] ?? '') };
  };

  it.each(points.filter(([, when]) => isNightly || !when).map(([point]) => point))(
    'at %s: run again, it delivers all',
    { timeout: 120_000 },
    async (killAt) => {
      const { folder, options, work, held } = await makeHeld();
      const killed = startCommand([...argumentsOf(3), '--held', held], { ...options, killAt });
      expect((await killed.ended).code).toBeNull();

      const again = await run([...argumentsOf(4), '--held', held], options);

      const isRemoved = killAt.startsWith('leases');
      expect(again.code, again.stdout).toBe(isRemoved ? 64 : 0);
      const visible = await bench.visible();
      expect(visible.filter((path) => path.startsWith(`${folder}/`))).toEqual(
        names.map((name) => `${folder}/${name}`),
      );
      expect([await bench.staged(), readdirSync(work)]).toEqual([0, []]);
      const ledger = JSON.parse(String(await bench.read(`${folder}-ledger/ledger.json`)));
      expect(ledger.groups.staff.users).toBe(10);
    },
  );
});
