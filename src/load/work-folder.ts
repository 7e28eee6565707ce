import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';

/** Tells whether a process lives; the process edge knows. */
export type IsAlive = (pid: number) => boolean;

/**
 * A private folder (mode 0700) for the files of one run, which hold personal data. Folders that runs left
 * behind when they were killed are removed by the next run on the same machine.
 */
export class WorkFolder {
  #path: string;
  #kept = false;

  private constructor(path: string) {
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  static async make(parent: string = tmpdir(), own: { pid: number; isAlive: IsAlive }): Promise<WorkFolder> {
    await mkdir(parent, { recursive: true });
    // Two containers may share the directory and number their processes alike.
    const ours = `patronflow-run-${hostname()}-`;
    for (const name of await readdir(parent)) {
      if (!name.startsWith(ours)) continue;
      const pid = Number.parseInt(name.slice(ours.length), 10);
      // Our own number on a folder that we did not make yet: a container, where every run is process 1.
      if (pid !== own.pid && own.isAlive(pid)) continue;
      // Another user's is another user's to remove.
      await rm(join(parent, name), { recursive: true, force: true }).catch((error) => {
        if (!['EACCES', 'EPERM'].includes(systemCode(error))) throw error;
      });
    }
    // mkdtemp gives mode 0700 with every umask.
    return new WorkFolder(await mkdtemp(join(parent, `${ours}${own.pid}-`)));
  }

  /** Keeps the folder beyond the run, under a name that no later run takes for an abandoned one. */
  async keep(stamp: string): Promise<string> {
    const kept = join(this.#path, '..', `patronflow-held-${stamp}-${this.#path.slice(-6)}`);
    await rename(this.#path, kept);
    this.#path = kept;
    this.#kept = true;
    return kept;
  }

  /** Removes the folder unless it is kept. */
  async remove(): Promise<void> {
    if (!this.#kept) await rm(this.#path, { recursive: true, force: true });
  }
}
