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

/** A user in order. Of one who is the same in the roster the XML is not kept a second time. */
export type SortedUser = Omit<SentUser, 'xml'> & { readonly xml: UserXml | null };

interface Line {
  readonly order: string;
  readonly bytes: Buffer;
}

/** Sorts the users of a run by primary id, part by part on the disk of the private work folder. */
export class SortedUsers {
  readonly #directory: string;
  readonly #isKnown: (user: SentUser) => boolean;
  readonly #paths: string[] = [];
  #part: Line[] = [];
  #length = 0;

  /** @param isKnown tells whether the roster has the same XML of a user */
  constructor(directory: string, isKnown: (user: SentUser) => boolean = () => false) {
    this.#directory = directory;
    this.#isKnown = isKnown;
  }

  /** @returns a promise when a part is written */
  add(user: SentUser): Promise<void> | null {
    const { id, order, key, group, print, xml } = user;
    // A tab stands in no JSON.
    const head = `${JSON.stringify([id, order, key, group, print])}\t`;
    const bytes = this.#isKnown(user)
      ? Buffer.from(`${head}\n`)
      : Buffer.concat([Buffer.from(head), xml.json, lineEnd]);
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
  async *inOrder(): AsyncGenerator<readonly SortedUser[]> {
    const parts = await Promise.all(
      this.#paths.map(async (path) => {
        const part = new Part(path);
        await part.advance();
        return part;
      }),
    );
    try {
      let batch: SortedUser[] = [];
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
  user: SortedUser | null = null;
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

function userOf(line: Buffer): SortedUser {
  const tab = line.indexOf(0x09);
  const [id, order, key, group, print] = JSON.parse(line.toString('utf8', 0, tab)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const rest = line.subarray(tab + 1);
  const xml = UserXml.ofJson(rest);
  if (!xml && rest.length > 0) throw new Error('a user that was not written completely');
  return { id, order, key, group, print, xml };
}
