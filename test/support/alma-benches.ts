import { createRestAlma } from '../../src/adapters/alma/rest.ts';
import { type AlmaServer, startAlmaServer } from '../../src/demo/alma-server.ts';
import type { AlmaService } from '../../src/load/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';

/** An Alma, and what stands in it. */
export interface AlmaBench extends AdapterBench<AlmaService> {
  readonly alma: AlmaServer;
  /** Id of the profile whose folder is empty, and of its job. */
  readonly profile: string;
  readonly job: string;
}

const key = 'l7xx-alma-key-4711';
const log = { warn: () => {} };

export async function restBench(): Promise<AlmaBench> {
  const alma = await startAlmaServer({ key, profiles: [{ id: '12', name: 'Patrons', folder: '/no/such' }] });
  const open = (url: string, with_: string = key) =>
    createRestAlma(
      { url, key: with_, requestsPerSecond: 1000, leastCallsLeft: 0, timeoutMs: 20_000, firstWaitMs: 10 },
      log,
    );
  return {
    alma,
    profile: '12',
    job: 'S712',
    open: () => open(alma.url),
    broken: async () => [
      { what: 'a wrong key', adapter: open(alma.url, 'another-key-0815'), code: 'ALMA_REFUSED' },
      { what: 'a wrong path', adapter: open(`${alma.url}/users`), code: 'ALMA_REFUSED' },
    ],
    at: (port) => open(`http://127.0.0.1:${port}/almaws/v1`),
    traces: async () => [alma.jobs.runs.length, alma.jobs.users.size],
    secrets: [key, 'another-key-0815'],
    stop: alma.stop,
  };
}
