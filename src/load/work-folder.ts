import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemCode } from '../core/errors.ts';

/** The process of a run, and what it knows of others; the process edge knows. */
export interface RunningProcess {
  readonly pid: number;
  /** Where process numbers mean something: the machine and its PID namespace. */
  readonly space: string;
  /** Its user; null where files have no owner. */
  readonly uid: number | null;
  isAlive(pid: number): boolean;
}

/** A run writes all the time: a folder in which nothing was written for this long has none any more. */
const abandonedMs = 12 * 3600 * 1000;

/**
 * A folder for the files of one run, which hold personal data. It lies in a folder that is the user's alone (mode 0700),
 * so that no other user can put anything there, or swap what is there while it is removed. What runs left behind that
 * were killed is removed by the next run.
 */
export class WorkFolder {
  #path: string;
  #isKept = false;

  private constructor(path: string) {
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  static async make(place: string = tmpdir(), own: RunningProcess): Promise<WorkFolder> {
    await mkdir(place, { recursive: true, mode: 0o750 });
    for (const home of await homesIn(place, own)) await sweep(home, own);
    return new WorkFolder(await makeRunFolder(place, own));
  }

  /** Keeps the folder beyond the run, beside the private one, where no later run looks for abandoned ones. */
  async keep(stamp: string): Promise<string> {
    const home = dirname(this.#path);
    const kept = join(dirname(home), `patronflow-held-${stamp}-${this.#path.slice(-6)}`);
    await rename(this.#path, kept);
    this.#path = kept;
    this.#isKept = true;
    await removeIfEmpty(home);
    return kept;
  }

  /** Removes the folder unless it is kept. */
  async remove(): Promise<void> {
    if (this.#isKept) return;
    await rm(this.#path, { recursive: true, force: true });
    await removeIfEmpty(dirname(this.#path));
  }
}

function homeName({ uid }: RunningProcess): string {
  return uid === null ? 'patronflow-runs' : `patronflow-runs-${uid}`;
}

/** The private folders of the user: one, and more only where another user had taken its name before. */
async function homesIn(place: string, own: RunningProcess): Promise<string[]> {
  const usual = homeName(own);
  const homes = [];
  for (const name of (await readdir(place)).sort()) {
    const isNamed = name === usual || (name.startsWith(`${usual}-`) && name.length === usual.length + 7);
    if (isNamed && (await isPrivate(join(place, name), own))) homes.push(join(place, name));
  }
  return homes;
}

/** Whether it is a folder, and no link to one, in which only the user can make, rename and remove things. */
async function isPrivate(path: string, { uid }: RunningProcess): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isDirectory()) return false;
  return uid === null || (found.uid === uid && (found.mode & 0o077) === 0);
}

/** Removes what runs left that have ended; of others it knows by their process, or by how long nothing was written. */
async function sweep(home: string, own: RunningProcess): Promise<void> {
  for (const name of await namesIn(home)) {
    const path = join(home, name);
    if ((await isPrivate(path, own)) && (await isAbandoned(path, name, own)))
      await rm(path, { recursive: true, force: true });
  }
}

async function isAbandoned(path: string, name: string, own: RunningProcess): Promise<boolean> {
  const [, space, number] = /^run-([0-9a-f]{16})-(\d+)-\w{6}$/.exec(name) ?? [];
  if (space === undefined) return false;
  if (space === spaceKey(own)) {
    const pid = Number(number);
    // Our own number on a folder that we did not make yet: a container, where every run is process 1.
    if (pid === own.pid || !own.isAlive(pid)) return true;
  }
  return Date.now() - (await lastWrittenAt(path)) > abandonedMs;
}

/** Names of hosts may be parts of each other; these are not. */
function spaceKey({ space }: RunningProcess): string {
  return createHash('sha256').update(space).digest('hex').slice(0, 16);
}

async function lastWrittenAt(folder: string): Promise<number> {
  const paths = [folder, ...(await namesIn(folder)).map((name) => join(folder, name))];
  const times = paths.map((path) => lstat(path).then(({ mtimeMs }) => mtimeMs, Date.now));
  return Math.max(...(await Promise.all(times)));
}

/** Another run may remove the folder meanwhile. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
}

async function makeRunFolder(place: string, own: RunningProcess): Promise<string> {
  for (;;) {
    const home = (await homesIn(place, own))[0] ?? (await makeHome(place, own));
    try {
      // mkdtemp gives mode 0700 with every umask.
      return await mkdtemp(join(home, `run-${spaceKey(own)}-${own.pid}-`));
    } catch (error) {
      // A run that ended just now removed the private folder, which was empty.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
}

async function makeHome(place: string, own: RunningProcess): Promise<string> {
  const usual = join(place, homeName(own));
  try {
    await mkdir(usual, { mode: 0o700 });
    return usual;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  // A run of the same user was faster, or another user has taken the name to keep us from running.
  return (await isPrivate(usual, own)) ? usual : mkdtemp(`${usual}-`);
}

/** Other runs of the user may have theirs in it. */
async function removeIfEmpty(home: string): Promise<void> {
  await rmdir(home).catch(() => {});
}
