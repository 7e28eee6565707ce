import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from './read-lines.ts';
import type { SentUser } from './roster-user.ts';
import { UserXml } from './user-xml.ts';

/** Bytes of the users that are sorted in memory at once: a million users are some fifty such parts. */
const partLength = 32 * 1024 ** 2;

const lineEnd = Buffer.from('\n');

/** Users handed on at once. */
const batchLength = 1000;

interface Line {
  readonly order: string;
  readonly bytes: Buffer;
}

/** Sorts the users of a run by primary id, part by part on the disk of the private work folder. */
export class SortedUsers {
  readonly #directory: string;
  readonly #paths: string[] = [];
  #part: Line[] = [];
  #length = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns a promise when a part is written */
  add({ id, order, key, group, print, xml }: SentUser): Promise<void> | null {
    // A tab stands in no JSON.
    const head = Buffer.from(`${JSON.stringify([id, order, key, group, print])}\t`);
    const bytes = Buffer.concat([head, xml.json, lineEnd]);
    this.#part.push({ order, bytes });
    this.#length += bytes.length;
    return this.#length < partLength ? null : this.flush();
  }

  async flush(): Promise<void> {
    if (this.#part.length === 0) return;
    const part = this.#part.sort((a, b) => (a.order < b.order ? -1 : 1));
    const path = join(this.#directory, `users-${this.#paths.length}.jsonl`);
    this.#part = [];
    this.#length = 0;
    await writeFile(path, Buffer.concat(part.map(({ bytes }) => bytes)), { mode: 0o600, flag: 'wx' });
    this.#paths.push(path);
  }

  /** The users in order, some at a time. May be asked more than once. */
  async *inOrder(): AsyncGenerator<readonly SentUser[]> {
    const parts = await Promise.all(
      this.#paths.map(async (path) => {
        const part = new Part(path);
        await part.advance();
        return part;
      }),
    );
    try {
      let batch: SentUser[] = [];
      for (let part = leastOf(parts); part?.user; part = leastOf(parts)) {
        batch.push(part.user);
        const behind = part.advance();
        if (behind) await behind;
        if (batch.length < batchLength) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    } finally {
      for (const part of parts) await part.close();
    }
  }
}

function leastOf(parts: readonly Part[]): Part | null {
  let least: Part | null = null;
  for (const part of parts)
    if (part.user && (!least?.user || part.user.order < least.user.order)) least = part;
  return least;
}

/** A part that is read user by user. */
class Part {
  user: SentUser | null = null;
  readonly #pieces: AsyncGenerator<readonly Buffer[]>;
  #lines: readonly Buffer[] = [];
  #next = 0;

  constructor(path: string) {
    this.#pieces = readLines(createReadStream(path));
  }

  /** @returns a promise where the next piece has to be read */
  advance(): Promise<void> | null {
    const line = this.#lines[this.#next];
    this.#next += 1;
    if (line === undefined) return this.#read();
    this.user = userOf(line);
    return null;
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    this.#lines = done ? [] : value;
    this.#next = 1;
    const [first] = this.#lines;
    this.user = first === undefined ? null : userOf(first);
  }
}

function userOf(line: Buffer): SentUser {
  const tab = line.indexOf(0x09);
  const [id, order, key, group, print] = JSON.parse(line.toString('utf8', 0, tab)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const xml = UserXml.ofJson(line.subarray(tab + 1));
  if (!xml) throw new Error('a user that was not written whole');
  return { id, order, key, group, print, xml };
}
