import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One temporary directory for all tests of a run, gone with it, whatever a test leaves behind. */
export default async function setup(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-tests-'));
  // PostgreSQL runs as nobody where the tests run as root, and has to get at its own folder.
  await chmod(directory, 0o711);
  process.env.TMPDIR = directory;
  return () => rm(directory, { recursive: true, force: true });
}
