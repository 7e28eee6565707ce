import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/packaging/*.test.ts'],
    globalSetup: ['./test/support/global-setup.ts', './test/packaging/packed.ts'],
    // An installation from a slow registry, and the demonstration on a slow machine.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ['default', './test/support/count-reporter.ts'],
  },
});
