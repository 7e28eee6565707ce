import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildDist } from './build-dist.ts';
import { offerPostgres } from './shared-postgres.ts';

const root = resolve(import.meta.dirname, '../..');

/** Builds what tests start, and makes what all tests of a run share: a temporary directory, and a PostgreSQL at need. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildDist(root);
  project.onTestsRerun(async () => buildDist(root));
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-tests-'));
  // Where the tests run as root, PostgreSQL runs as another user, who has to reach its folder.
  await chmod(directory, 0o711);
  process.env.TMPDIR = directory;
  const postgres = await offerPostgres();
  project.provide('postgresPort', postgres.port);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
