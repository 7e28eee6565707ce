import { defineConfig } from 'vitest/config';

/** `npm run test:nightly`: the suites that kill and cut at a few points in `npm test` go through all of them here. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [
      // Their properties draw other values here.
      'test/unit/**/*.test.ts',
      'test/cli/{*-kill,stop,demo,feeds-servers}.test.ts',
      'test/conformance/leases.test.ts',
      'test/integration/{faults-load,faults-poll,leavers-nights}.test.ts',
      // With a real MariaDB, where Debian's package mariadb-server is installed.
      'test/adapters/rows/mysql.test.ts',
      'test/conformance/rows.test.ts',
      // With a real Redis, where Debian's package redis-server is installed.
      'test/conformance/queues.test.ts',
    ],
    provide: { nightly: true },
    setupFiles: './test/support/one-seed.ts',
    globalSetup: './test/support/global-setup.ts',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', './test/support/count-reporter.ts'],
  },
});
