import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { folderMode } from '../../core/new-file.ts';
import { tryWriting } from './try-writing.ts';

/**
 * A file that only grows, by whole pieces: what a run that died left of a piece is cut off when the file is opened,
 * and so is a piece that could not be written.
 */
export class AppendFile {
  readonly path: string;
  readonly #wholeBytes: (handle: FileHandle, size: number) => Promise<number>;
  #open: { readonly handle: FileHandle; size: number } | null = null;

  /** @param wholeBytes tells how many bytes from the start hold whole pieces; throws when the file is not one of ours */
  constructor(path: string, wholeBytes: (handle: FileHandle, size: number) => Promise<number>) {
    this.path = path;
    this.#wholeBytes = wholeBytes;
  }

  /**
   * Looks whether pieces could be appended; leaves and mends nothing.
   * @returns how many bytes of whole pieces there are
   */
  async look(): Promise<number> {
    if (this.#open) return this.#open.size;
    try {
      const handle = await openExisting(this.path);
      if (handle === null) {
        await tryWriting(dirname(this.path));
        return 0;
      }
      return await this.#wholeBytes(handle, (await handle.stat()).size).finally(() => handle.close());
    } catch (error) {
      throw fileError(this.path, error);
    }
  }

  /** @returns how many bytes there are, all of them whole pieces */
  async size(): Promise<number> {
    return (await this.#opened()).size;
  }

  /** Returns when the piece is on the disk. */
  async append(piece: Buffer): Promise<void> {
    const file = await this.#opened();
    const { size } = await file.handle.stat();
    if (size !== file.size) {
      throw new PatronflowError('RECORDS_REFUSED', `Another program writes to ${this.path}.`, {
        hint: 'Let one run at a time write to a file.',
      });
    }
    try {
      // A disk that is nearly full takes a part, and tells so only when it is given the rest.
      for (let at = 0; at < piece.length; ) {
        at += (await file.handle.write(piece, at, piece.length - at, file.size + at)).bytesWritten;
      }
      await file.handle.sync();
      file.size += piece.length;
    } catch (error) {
      await file.handle.truncate(file.size).catch(() => {});
      throw fileError(this.path, error);
    }
  }

  async close(): Promise<void> {
    const file = this.#open;
    this.#open = null;
    await file?.handle.close();
  }

  async #opened(): Promise<{ handle: FileHandle; size: number }> {
    if (this.#open) return this.#open;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: folderMode });
      const handle = (await openExisting(this.path)) ?? (await open(this.path, 'wx+', 0o600));
      try {
        const { size } = await handle.stat();
        const whole = await this.#wholeBytes(handle, size);
        if (whole < size) await handle.truncate(whole);
        this.#open = { handle, size: whole };
        return this.#open;
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw fileError(this.path, error);
    }
  }
}

/** Not for appending, which would write behind what is to be cut off. */
async function openExisting(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The bytes at a place; fewer where the file ends. */
export async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

export function notOurs(path: string, what: string): PatronflowError {
  return new PatronflowError('RECORDS_REFUSED', `${path} ${what}; it was left as it is.`, {
    hint: 'Name another file, or move this one away.',
  });
}

function fileError(path: string, cause: unknown): unknown {
  const code = systemCode(cause);
  if (!/^(EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)$/.test(code)) return cause;
  return new PatronflowError('RECORDS_REFUSED', `${path} cannot be written (${code}).`, {
    hint: 'Give the user that runs patronflow the right to this path, or name another file.',
    cause,
  });
}
