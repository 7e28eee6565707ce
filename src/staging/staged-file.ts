import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { PatronflowError } from '../core/errors.ts';
import { maxRowBytes } from './database.ts';

/** Characters that are handed to the disk at once. */
const pieceLength = 256 * 1024;

/** Writes rows as the CSV that both DuckDB and `readStaged` read back: every value in quotes, LF behind every row. */
export class StagedFile {
  readonly #name: string;
  readonly #stream: WriteStream;
  #piece = '';
  #error: unknown = null;

  /** @param name of the table, for messages */
  constructor(path: string, name: string) {
    this.#name = name;
    // Personal data: no other user has a business here, and no file of theirs is written to.
    this.#stream = createWriteStream(path, { mode: 0o600, flags: 'wx' });
    this.#stream.on('error', (error) => {
      this.#error = error;
    });
  }

  /** @returns a promise where the disk is behind */
  write(row: readonly (string | null)[]): Promise<unknown> | null {
    let line = '';
    for (let at = 0; at < row.length; at += 1) {
      const value = row[at] ?? '';
      line += at === 0 ? '"' : ',"';
      line += value.includes('"') ? value.replaceAll('"', '""') : value;
      line += '"';
    }
    // A character has three bytes at most.
    if (line.length * 3 > maxRowBytes && Buffer.byteLength(line) >= maxRowBytes) throw this.#tooLong();
    this.#piece += `${line}\n`;
    if (this.#piece.length < pieceLength) return null;
    return this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  /** Ends the writing of a file that is not needed any more. */
  abandon(): void {
    this.#stream.destroy();
  }

  async #flush(): Promise<void> {
    if (this.#error) throw this.#error;
    const piece = this.#piece;
    this.#piece = '';
    if (!this.#stream.write(piece)) await once(this.#stream, 'drain');
  }

  #tooLong(): PatronflowError {
    return new PatronflowError('LIMIT_EXCEEDED', `The table ${this.#name} has a row of more than 4 MiB.`, {
      hint: 'Leave the column with the long values out of the table.',
    });
  }
}
