import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import type { LocalFile } from '../ports.ts';
import { orderOf, type RosterUser } from './roster-user.ts';

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

const userSchema = z.object({
  id: z.string(),
  key: z.string(),
  group: z.string(),
  print: z.string(),
  since: z.string(),
  gone: z
    .object({
      last: z.string(),
      day: z.string(),
      runs: z.number().int().default(1),
      superseded: z.boolean(),
      sent: z.string().nullable().default(null),
    })
    .nullable()
    .default(null),
  pending: z.boolean().default(false),
  xml: z.string(),
});

/** The last line: a file that breaks off lacks it. */
const endSchema = z.object({ end: z.literal(true), users: z.number().int() });

export type RosterHeader = z.output<typeof headerSchema>;

/** A roster of the last delivery on the local disk. */
export interface Roster {
  readonly header: RosterHeader;
  /** In the order of primary ids. */
  users(): AsyncGenerator<RosterUser>;
}

/**
 * Opens a roster: lines of JSON, compressed by gzip; a header, a line for each user, an end with their number.
 * @param place for messages
 * @throws PatronflowError ROSTER_UNFIT when it is none, or breaks off
 */
export async function openRoster(path: string, place: string): Promise<Roster> {
  const lines = linesOf(path, place);
  const first = await lines.next();
  await lines.return(undefined);
  const header = headerSchema.safeParse(jsonOf(first.value ?? '', place));
  if (!header.success) throw unfit(place, 'is not one that this version can read');
  return { header: header.data, users: () => usersOf(path, place) };
}

async function* usersOf(path: string, place: string): AsyncGenerator<RosterUser> {
  let count = -1;
  let last = '';
  for await (const line of linesOf(path, place)) {
    count += 1;
    if (count === 0) continue;
    const json = jsonOf(line, place);
    if (isEnd(json)) {
      if (endSchema.safeParse(json).data?.users !== count - 1) throw unfit(place, 'is damaged');
      return;
    }
    const user = userOf(json);
    if (!user || (count > 1 && orderOf(user.id) <= last)) throw unfit(place, 'is damaged');
    last = orderOf(user.id);
    yield user;
  }
  throw unfit(place, 'breaks off');
}

const isEnd = (json: unknown): boolean => typeof json === 'object' && json !== null && 'end' in json;

/** A schema for each of a million lines would take most of the time: the shape is looked at by hand. */
function userOf(json: unknown): RosterUser | null {
  const user = json as Partial<RosterUser> | null;
  const isWhole =
    typeof user === 'object' &&
    [user?.id, user?.key, user?.group, user?.print, user?.since, user?.xml].every(
      (each) => typeof each === 'string',
    );
  if (!isWhole) return null;
  if (user?.gone) return userSchema.safeParse(json).data ?? null;
  return { ...(user as RosterUser), gone: null, pending: user?.pending === true };
}

async function* linesOf(path: string, place: string): AsyncGenerator<string> {
  const unpacked = createReadStream(path).pipe(createGunzip());
  const lines = createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY });
  // An error of the stream does not reach who reads its lines.
  let failure: unknown = null;
  unpacked.on('error', (error) => {
    failure = error;
    lines.close();
  });
  try {
    for await (const line of lines) yield line;
  } finally {
    unpacked.destroy();
  }
  if (failure) throw unfit(place, 'is damaged', failure);
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

/** Characters handed to the compressor at once. */
const pieceLength = 256 * 1024;

/** Writes a roster, user by user in the order of primary ids. */
export class RosterWriter {
  readonly #path: string;
  readonly #gzip = createGzip({ level: 6 });
  readonly #hash = createHash('sha256');
  readonly #done: Promise<void>;
  #size = 0;
  #users = 0;
  #piece: string;

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
    this.#piece = `${JSON.stringify({ format: 'patronflow roster', version: 1, ...header })}\n`;
  }

  /** @returns a promise where the compressor is behind */
  write({ gone, pending, ...user }: RosterUser): Promise<unknown> | null {
    this.#users += 1;
    const state = { ...(gone && { gone }), ...(pending && { pending }) };
    this.#piece += `${JSON.stringify({ ...user, ...state })}\n`;
    return this.#piece.length < pieceLength ? null : this.#flush();
  }

  async finish(): Promise<LocalFile> {
    this.#piece += `${JSON.stringify({ end: true, users: this.#users })}\n`;
    await this.#flush();
    this.#gzip.end();
    await this.#done;
    return { path: this.#path, size: this.#size, sha256: this.#hash.digest('hex') };
  }

  async #flush(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (this.#gzip.destroyed) await this.#done;
    if (!this.#gzip.write(piece)) await Promise.race([once(this.#gzip, 'drain'), this.#done]);
  }
}
