import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** `npm run test:chaos`: minutes of deaths at random, which have no place in `npm test`. */
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['test/chaos/*.chaos.ts'],
    globalSetup: './test/support/global-setup.ts',
    testTimeout: 0,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    reporters: ['default', './test/support/count-reporter.ts'],
  },
});
