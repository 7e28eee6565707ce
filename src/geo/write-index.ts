import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openNew } from '../core/new-file.ts';
import type { EncodedIndex } from './encode-index.ts';

/** Writes an index under another name first, so that a run that reads it meanwhile has the old one. @returns its bytes */
export async function writeIndex(path: string, { bytes }: EncodedIndex): Promise<number> {
  const partial = `${path}.partial`;
  // The Census Bureau's data are for everyone to read.
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const file = await openNew(partial, 0o644);
  try {
    try {
      for (const piece of bytes) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return bytes.reduce((sum, { length }) => sum + length, 0);
}
