import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** They have commands and configurations of their own: they need Chromium, a registry or an hour. */
const elsewhere = ['test/{browser,packaging,endurance}/**'];
/** They put another module in the place of one, which must not be there for the next file. */
const withMocks = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((path) => readFileSync(path, 'utf8').includes('vi.mock('));
// A limit ends what hangs. On two busy cores a test that starts PostgreSQL or the command takes a minute.
const patience = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    globalSetup: './test/support/global-setup.ts',
    // Most of the time goes into waiting for processes, servers and time-outs.
    maxWorkers: availableParallelism() * 2,
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'parts',
          include: ['test/{unit,guards,frozen,adapters,conformance}/**/*.test.ts'],
          exclude: withMocks,
          // The files share a process and the modules that it has read: reading them anew takes as long as the tests.
          isolate: false,
          setupFiles: './test/support/one-seed.ts',
          ...patience,
        },
      },
      {
        test: {
          name: 'wholes',
          include: ['test/!(unit|guards|frozen|adapters|conformance)/**/*.test.ts', ...withMocks],
          exclude: elsewhere,
          ...patience,
        },
      },
    ],
  },
});
