import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AlmaServer, startAlmaServer } from '../../src/demo/alma-server.ts';
import { type Ran, type RunOptions, run } from './command.ts';
import { type Library, makeLibrary } from './library.ts';

export const almaKey = 'l7xx-alma-key-4711';

/** A small job of a test's own whose files an Alma of its own loads. */
export interface AlmaLibrary {
  readonly library: Library;
  readonly alma: AlmaServer;
  /** Writes the configuration: lines of the block `alma`, and others behind it. */
  configure(block: readonly string[], ...lines: string[]): Promise<void>;
  patronflow(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** The groups staff and student, with one profile for both, and one for each in a folder of its own. */
export async function makeAlmaLibrary(): Promise<AlmaLibrary> {
  const library = await makeLibrary();
  const folder = (name: string) => join(library.directory, name);
  const alma = await startAlmaServer({
    key: almaKey,
    profiles: [
      { id: '12', name: 'Patrons', folder: folder('out') },
      { id: '34', name: 'Students', folder: folder('out-students') },
    ],
  });
  onTestFinished(() => alma.stop());
  const made: AlmaLibrary = {
    library,
    alma,
    configure: (block, ...lines) =>
      library.configure(
        'alma:',
        `  url: ${alma.url}`,
        '  key: "${ALMA_KEY}"',
        '  timeout_seconds: 1',
        ...block.map((line) => `  ${line}`),
        ...lines,
      ),
    patronflow: (args, options = {}) =>
      run(args, {
        workingDirectory: library.directory,
        ...options,
        environment: { ALMA_KEY: almaKey, ...options.environment },
      }),
  };
  await made.configure(['after_delivery: start', 'jobs: [{ profile: 12 }]', 'watch_minutes: 1']);
  return made;
}
