import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EncodedIndex } from './encode-index.ts';

/** Writes an index under another name first, so that a run that reads it meanwhile has the old one. @returns its bytes */
export async function writeIndex(path: string, { bytes }: EncodedIndex): Promise<number> {
  const partial = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(partial, 'w');
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
