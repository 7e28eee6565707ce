import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { FeedFile } from '../feeds/ports.ts';
import { groupLedger, tableLedger } from './ledger.ts';
import type { FilesOfTables } from './ports.ts';
import { isArchiveOf } from './write-zip.ts';

const count = z.number().int().nonnegative();

const heldFile = z.object({
  key: z.string(),
  size: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  users: count,
  xmlFiles: count,
});

const heldGroup = z.object({
  name: z.string(),
  books: z.object({
    read: count,
    written: count,
    unchanged: count,
    duplicate: count,
    skipped: count.default(0),
    rejected: count,
    reasons: z.record(z.string(), count),
  }),
  ledger: groupLedger.omit({ earlier: true }),
  files: z.array(heldFile),
});

const feedFile = z.object({
  name: z.string(),
  size: count.nullable(),
  /** ISO 8601. */
  modified: z.iso.datetime().nullable(),
});

const manifestSchema = z.object({
  version: z.literal(1),
  /** Time of the run that made the files, ISO 8601. */
  madeAt: z.string(),
  /** The job that they belong to, by where it delivers and where its ledger is. */
  destination: z.string(),
  ledger: z.string(),
  groups: z.array(heldGroup),
  tables: z.record(z.string(), tableLedger).default({}),
  /** Files of feeds that are moved or removed once these were delivered. */
  feeds: z.record(z.string(), z.array(feedFile)).default({}),
  /** What the guard stopped the run for. */
  guard: z.array(
    z.object({
      group: z.string(),
      what: z.string(),
      before: count,
      expected: count,
      now: count,
      stops: z.literal(true),
      against: z.enum(['last', 'earlier', 'same rows', 'plan']),
    }),
  ),
});

/** What the guard writes beside the files that it holds, so that exactly these can be delivered later. */
export type HeldManifest = z.output<typeof manifestSchema>;

/** A file of a feed, as the manifest has it. */
export function heldFeed({ name, size, modified }: FeedFile): z.output<typeof feedFile> {
  return { name, size, modified: modified?.toISOString() ?? null };
}

/** The files of feeds that the run had read which made what is held. */
export function feedsOf({ feeds }: HeldManifest): FilesOfTables {
  return Object.fromEntries(
    Object.entries(feeds).map(([table, files]) => [
      table,
      files.map((file) => ({ ...file, modified: file.modified === null ? null : new Date(file.modified) })),
    ]),
  );
}

const manifestName = 'held.json';

/** Writes the manifest beside the files, before the folder is put where a person finds it. */
export async function writeManifest(directory: string, manifest: HeldManifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(directory, manifestName), text, { mode: 0o600, flag: 'wx' });
}

/** @throws PatronflowError HELD_UNFIT when the directory is not one that the guard made */
export async function readManifest(directory: string): Promise<HeldManifest> {
  let text: string;
  try {
    text = await readFile(join(directory, manifestName), 'utf8');
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error))) throw error;
    throw new PatronflowError('HELD_UNFIT', `${directory} is not a folder of files that the guard held.`, {
      hint: "Use the folder that the guard's message names. It is removed once its files were delivered.",
    });
  }
  const manifest = manifestSchema.safeParse(jsonOf(text));
  const isWhole =
    manifest.success &&
    manifest.data.groups.every(({ name, files }) => files.every(({ key }) => isArchiveOf(name, key)));
  if (isWhole) return manifest.data;
  throw new PatronflowError('HELD_UNFIT', `${join(directory, manifestName)} was changed or is damaged.`, {
    hint: 'Remove the folder and run again; nothing was delivered.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws PatronflowError HELD_UNFIT when a file is not what the guard held, is missing, or came from elsewhere */
export async function verifyFiles(directory: string, { groups }: HeldManifest): Promise<void> {
  const files = groups.flatMap((group) => group.files);
  const present = await readdir(directory);
  const problems = present
    .filter((name) => name !== manifestName && !files.some(({ key }) => key === name))
    .map((name) => `${safeText(name)} was added`);
  for (const { key, size, sha256 } of files) {
    const path = join(directory, key);
    if (!present.includes(key)) problems.push(`${key} is missing`);
    else if (!(await isFileOf(path, size)) || (await checksum(path)) !== sha256)
      problems.push(`${key} was changed`);
  }
  if (problems.length === 0) return;
  throw new PatronflowError(
    'HELD_UNFIT',
    `The files in ${directory} are not those that the guard held: ${someOf(problems)}.`,
    {
      hint: 'Nothing was delivered. Remove files that were added, such as unpacked ones. If a file is missing or was changed, remove the folder and run again.',
    },
  );
}

/** Problems shown. */
const shownProblems = 10;

function someOf(problems: readonly string[]): string {
  const more = problems.length - shownProblems;
  return problems.slice(0, shownProblems).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Removes what was delivered. The manifest goes last: while it is there, a run that dies here can be repeated. */
export async function removeHeld(directory: string, { groups }: HeldManifest): Promise<void> {
  for (const { key } of groups.flatMap(({ files }) => files)) await rm(join(directory, key), { force: true });
  await rm(join(directory, manifestName));
  await rmdir(directory);
}

async function isFileOf(path: string, size: number): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() && found.size === size;
}

async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
