import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatronflowError } from '../core/errors.ts';
import { startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import type { Terminal } from './terminal.ts';

export interface DemoOptions {
  readonly out: string;
  readonly people: number;
  readonly seed: number;
}

/** What both demonstrations need. */
export interface Stage {
  /** A PostgreSQL of the demonstration's own. */
  readonly postgresUrl: string;
  readonly directory: string;
  readonly seed: number;
  readonly people: number;
  readonly say: (text: string) => void;
  /** The world outside, seen from the directory, with no variables but those given here. */
  readonly terminalWith: (environment: Record<string, string>) => Terminal;
}

/** `patronflow demo`: the real jobs, on invented people in a real PostgreSQL, into a folder. */
export async function demoCommand({ out, people, seed }: DemoOptions, terminal: Terminal): Promise<number> {
  const directory = resolve(terminal.workingDirectory, out);
  const say = (text: string) => terminal.stdout.write(`${text}\n`);
  await claim(directory);
  say('Starting an embedded PostgreSQL …');
  const postgres = await startEmbeddedPostgres();
  try {
    const terminalWith = (environment: Record<string, string>) => ({
      ...terminal,
      workingDirectory: directory,
      environment,
    });
    const stage = { postgresUrl: postgres.url, directory, seed, people, say, terminalWith };
    // Read only now: where the PostgreSQL is missing bcrypt is too, and the error is to name the former.
    const [{ demoLoad }, { demoPoll }] = await Promise.all([
      import('./demo-load.ts'),
      import('./demo-poll.ts'),
    ]);
    const code = (await demoLoad(stage)) || (await demoPoll(stage));
    if (code !== 0) return code;
  } finally {
    await postgres.stop();
  }
  say('\nNext: `patronflow init load my-library` writes a configuration of your own; docs/ has the rest.');
  return 0;
}

/** Left in a demo's directory, so that no other one is ever taken for it and emptied. */
const marker = '.patronflow-demo';

async function claim(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const names = await readdir(directory);
  if (names.length > 0 && !names.includes(marker)) {
    throw new PatronflowError('USAGE', `${directory} is not empty and not a demo's; nothing was touched.`, {
      hint: 'Name a new directory with --out.',
    });
  }
  await writeFile(`${directory}/${marker}`, '');
}
