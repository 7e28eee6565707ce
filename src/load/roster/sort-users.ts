import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { orderOf, type SentUser } from './roster-user.ts';

/** Characters of the users that are sorted in memory at once: a million users are some thirty such parts. */
const partLength = 48 * 1024 ** 2;

interface Line {
  readonly order: string;
  readonly text: string;
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
  add(user: SentUser): Promise<void> | null {
    const text = JSON.stringify([user.id, user.key, user.group, user.print, user.xml]);
    this.#part.push({ order: orderOf(user.id), text });
    this.#length += text.length;
    return this.#length < partLength ? null : this.flush();
  }

  async flush(): Promise<void> {
    if (this.#part.length === 0) return;
    const part = this.#part.sort((a, b) => (a.order < b.order ? -1 : 1));
    const path = join(this.#directory, `users-${this.#paths.length}.jsonl`);
    this.#part = [];
    this.#length = 0;
    await writeFile(path, part.map(({ text }) => `${text}\n`).join(''), { mode: 0o600, flag: 'wx' });
    this.#paths.push(path);
  }

  /** The users in order. May be asked more than once. */
  async *inOrder(): AsyncGenerator<SentUser> {
    const parts = await Promise.all(this.#paths.map(async (path) => nextOf(linesOf(path))));
    for (;;) {
      let least: Part | null = null;
      for (const part of parts) if (part.user && (!least?.user || part.order < least.order)) least = part;
      if (!least?.user) return;
      yield least.user;
      await least.advance();
    }
  }
}

interface Part {
  user: SentUser | null;
  order: string;
  advance(): Promise<void>;
}

async function nextOf(lines: AsyncGenerator<string>): Promise<Part> {
  const part: Part = {
    user: null,
    order: '',
    async advance() {
      const { value, done } = await lines.next();
      part.user = done ? null : userOf(value);
      part.order = part.user ? orderOf(part.user.id) : '';
    },
  };
  await part.advance();
  return part;
}

function userOf(line: string): SentUser {
  const [id, key, group, print, xml] = JSON.parse(line) as [string, string, string, string, string];
  return { id, key, group, print, xml };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  try {
    yield* createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    file.destroy();
  }
}
