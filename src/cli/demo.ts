import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatronflowError } from '../core/errors.ts';
import { folderMode } from '../core/new-file.ts';
import { startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import type { DemoContext } from './demo-context.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface DemoOptions {
  readonly out: string;
  readonly people: number;
  readonly seed: number;
}

/** `patronflow demo`: the real jobs, on invented people in a real PostgreSQL, into a folder. */
export async function demoCommand(
  { out, people, seed }: DemoOptions,
  context: ProcessContext,
): Promise<number> {
  const directory = resolve(context.workingDirectory, out);
  const say = (text: string) => printText(context.stdout, `${text}\n`);
  await claim(directory);
  say('Starting an embedded PostgreSQL …');
  const postgres = await startEmbeddedPostgres(context.signal);
  try {
    const contextWith = (environment: Record<string, string>) => ({
      ...context,
      workingDirectory: directory,
      environment,
    });
    const { signal } = context;
    const demo: DemoContext = {
      postgresUrl: postgres.url,
      directory,
      seed,
      people,
      say,
      signal,
      contextWith,
    };
    // Read only now: where the PostgreSQL is missing bcrypt is too, and the error is to name the former.
    const [{ demoLoad }, { demoPoll }] = await Promise.all([
      import('./demo-load.ts'),
      import('./demo-poll.ts'),
    ]);
    const code = (await demoLoad(demo)) || (await demoPoll(demo));
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
  await mkdir(directory, { recursive: true, mode: folderMode });
  const names = await readdir(directory);
  if (names.length > 0 && !names.includes(marker)) {
    throw new PatronflowError('USAGE', `${directory} is not empty and not a demo's; nothing was touched.`, {
      hint: 'Name a new directory with --out.',
    });
  }
  await writeFile(`${directory}/${marker}`, '');
}
