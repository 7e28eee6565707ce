import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They have commands and configurations of their own: they need Chromium, a registry or an hour.
    exclude: ['test/{browser,packaging,endurance}/**'],
    globalSetup: './test/support/global-setup.ts',
    // Half of the time goes into waiting for processes, servers and time-outs.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // A limit ends what hangs. On two busy cores a test that starts PostgreSQL or the command takes a minute.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', './test/support/count-reporter.ts'],
  },
});
