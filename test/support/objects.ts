import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalFile, ObjectStore, StoredObject } from '../../src/load/ports.ts';
import { never } from './never.ts';

/** What a store lists, by name. */
export async function listed(store: ObjectStore): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const { key, size } of store.list(never)) found.push({ key, size });
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A finished file of the run, as the zip writer leaves it. */
export async function localFile(content: string | Buffer): Promise<LocalFile & { content: Buffer }> {
  const path = join(await mkdtemp(join(tmpdir(), 'patronflow-file-')), 'archive');
  const bytes = Buffer.from(content);
  await writeFile(path, bytes);
  return {
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    content: bytes,
  };
}
