import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import type { LocalFile } from '../ports.ts';
import { readLines } from './read-lines.ts';
import { orderOf, type RosterUser } from './roster-user.ts';
import { UserXml } from './user-xml.ts';

/** The first line of a roster. */
const headerSchema = z.object({
  format: z.literal('patronflow roster'),
  version: z.literal(1),
  /** Where the job delivers to: a roster of another job tells nothing. */
  job: z.string(),
  /** Time of the run that delivered these users, ISO 8601. */
  madeAt: z.string(),
  /** The zips of that delivery by group: when they are gone, Alma has taken what is pending. */
  files: z.record(z.string(), z.array(z.string())).default({}),
});

const goneSchema = z.object({
  last: z.string(),
  day: z.string(),
  runs: z.number().int(),
  superseded: z.boolean(),
  sent: z.string().nullable(),
});

/** The last line: a file that breaks off lacks it. */
const endSchema = z.object({ end: z.literal(true), users: z.number().int() });

export type RosterHeader = z.output<typeof headerSchema>;

/** A roster of the last delivery on the local disk. */
export interface Roster {
  readonly header: RosterHeader;
  /** In the order of primary ids, some at a time. */
  users(): AsyncGenerator<readonly RosterUser[]>;
}

/**
 * Opens a roster: lines of JSON, compressed by gzip; a header, a line for each user, an end with their number.
 * @param place for messages
 * @throws PatronflowError ROSTER_UNFIT when it is none, or breaks off
 */
export async function openRoster(path: string, place: string): Promise<Roster> {
  const lines = linesOf(path, place);
  const [first] = ((await lines.next()).value ?? []) as readonly Buffer[];
  await lines.return(undefined);
  const header = headerSchema.safeParse(jsonOf(String(first ?? ''), place));
  if (!header.success) throw unfit(place, 'is not one that this version can read');
  return { header: header.data, users: () => usersOf(path, place) };
}

async function* usersOf(path: string, place: string): AsyncGenerator<readonly RosterUser[]> {
  let count = 0;
  let last = '';
  let isHeader = true;
  let isEnded = false;
  for await (const lines of linesOf(path, place)) {
    const users: RosterUser[] = [];
    for (const line of isHeader ? lines.slice(1) : lines) {
      if (isEnded) throw unfit(place, 'is damaged');
      if (line.indexOf(endMark) === 0) {
        if (endSchema.safeParse(jsonOf(String(line), place)).data?.users !== count)
          throw unfit(place, 'is damaged');
        // The checksum of the file stands behind its last line, so the file is read to the end.
        isEnded = true;
        continue;
      }
      const user = userOf(line, place);
      if (!user || (count > 0 && user.order <= last)) throw unfit(place, 'is damaged');
      last = user.order;
      count += 1;
      users.push(user);
    }
    isHeader = false;
    yield users;
  }
  if (!isEnded) throw unfit(place, 'breaks off');
}

/** Where the user itself begins in its line. Inside of a string of JSON quotes have a backslash. */
const xmlMark = ',"xml":';
const endMark = '{"end":';

/** A schema for each of a million lines would take most of the time: the shape is looked at by hand. */
function userOf(line: Buffer, place: string): RosterUser | null {
  const at = line.indexOf(xmlMark);
  if (at < 0 || line.at(-1) !== 0x7d) return null;
  const xml = UserXml.ofJson(line.subarray(at + xmlMark.length, -1));
  const head = jsonOf(`${line.toString('utf8', 0, at)}}`, place) as Partial<Omit<RosterUser, 'xml'>> | null;
  const { id, key, group, print, since, gone: given = null, pending = false } = head ?? {};
  const gone = given && goneSchema.safeParse(given).data;
  if (!isText(id) || !isText(key) || !isText(group) || !isText(print) || !isText(since)) return null;
  if (!xml || gone === undefined) return null;
  return { id, order: orderOf(id), key, group, print, since, gone, pending: pending === true, xml };
}

const isText = (value: unknown): value is string => typeof value === 'string';

async function* linesOf(path: string, place: string): AsyncGenerator<readonly Buffer[]> {
  const packed = createReadStream(path);
  const unpacked = packed.pipe(createGunzip({ chunkSize: pieceLength }));
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    yield* readLines(unpacked);
  } catch (error) {
    throw error instanceof PatronflowError ? error : unfit(place, 'is damaged', error);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

function jsonOf(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw unfit(place, 'is damaged', error);
  }
}

export function unfit(place: string, what: string, cause?: unknown): PatronflowError {
  return new PatronflowError('ROSTER_UNFIT', `The roster at ${place} ${what}.`, {
    hint: 'Put an older copy back, or make one of the last delivered files: patronflow roster import FILE.zip. docs/roster.md has both.',
    cause,
  });
}

/** Bytes handed to the compressor at once, and taken from it. Larger pieces are given back to the system each time, which takes longer. */
const pieceLength = 64 * 1024;

/** Writes a roster, user by user in the order of primary ids. */
export class RosterWriter {
  readonly #path: string;
  readonly #gzip = createGzip({ level: 3, chunkSize: pieceLength });
  readonly #hash = createHash('sha256');
  readonly #done: Promise<void>;
  #size = 0;
  #users = 0;
  #piece: Buffer[];
  #length = 0;

  constructor(
    path: string,
    header: Pick<RosterHeader, 'job' | 'madeAt'> & {
      readonly files?: Readonly<Record<string, readonly string[]>>;
    },
  ) {
    this.#path = path;
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' });
    this.#gzip.on('data', (chunk: Buffer) => {
      this.#hash.update(chunk);
      this.#size += chunk.length;
    });
    this.#gzip.pipe(file);
    this.#done = finished(file);
    this.#done.catch(() => this.#gzip.destroy());
    this.#piece = [
      Buffer.from(`${JSON.stringify({ format: 'patronflow roster', version: 1, ...header })}\n`),
    ];
  }

  /** @returns a promise where the compressor is behind */
  write({ id, key, group, print, since, gone, pending, xml }: RosterUser): Promise<unknown> | null {
    this.#users += 1;
    const head = { id, key, group, print, since, ...(gone && { gone }), ...(pending && { pending }) };
    return this.#add(Buffer.from(`${JSON.stringify(head).slice(0, -1)}${xmlMark}`), xml.json, userEnd);
  }

  async finish(): Promise<LocalFile> {
    await this.#add(Buffer.from(`${JSON.stringify({ end: true, users: this.#users })}\n`));
    await this.#flush();
    this.#gzip.end();
    await this.#done;
    return { path: this.#path, size: this.#size, sha256: this.#hash.digest('hex') };
  }

  #add(...parts: readonly Buffer[]): Promise<unknown> | null {
    this.#piece.push(...parts);
    for (const { length } of parts) this.#length += length;
    return this.#length < pieceLength ? null : this.#flush();
  }

  async #flush(): Promise<void> {
    const piece = Buffer.concat(this.#piece);
    this.#piece = [];
    this.#length = 0;
    if (this.#gzip.destroyed) await this.#done;
    if (!this.#gzip.write(piece)) await Promise.race([once(this.#gzip, 'drain'), this.#done]);
  }
}

const userEnd = Buffer.from('}\n');
