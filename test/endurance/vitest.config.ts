import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/endurance/*.test.ts'],
    globalSetup: './test/support/global-setup.ts',
    // One after the other: each measures a process that is to have the machine for itself.
    fileParallelism: false,
    // To measure what is held and not what is yet to be swept.
    execArgv: ['--expose-gc'],
    testTimeout: 6 * 3_600_000,
    hookTimeout: 600_000,
    reporters: ['default', './test/support/count-reporter.ts'],
  },
});
