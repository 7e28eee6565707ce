import type { PollerBench } from '../support/poller.ts';
import { batchSize, makePolls } from '../support/polls.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { between, pick, type World } from './world.ts';

export async function makePollWorld(bench: PollerBench): Promise<World> {
  const proxy = await startTcpProxy(bench.postgres.port);
  const port = String(proxy.port);
  const polls = await makePolls(bench, { SIERRA_DB_PORT: port, REDSHIFT_DB_PORT: port });
  /** Each run that does not come to its end may have sent a batch that it could not save. */
  let runs = 0;
  return {
    name: 'poll',
    faults: {
      'Kinesis throttles': (random) =>
        bench.kinesis.fail(
          { each: between(random, 1, 5), code: 'ProvisionedThroughputExceededException' },
          { after: between(random, 0, 3), times: between(random, 1, 4) },
        ),
      'S3 answers 503': (random) =>
        bench.s3.fail(
          pick(random, ['GetObject', 'PutObject']),
          { status: 503, code: 'SlowDown' },
          { after: between(random, 0, 6), times: between(random, 1, 4) },
        ),
      'a slow geocoder': (random) => {
        bench.census.delayMs = between(random, 20, 150);
      },
      'the geocoder answers 502': (random) =>
        bench.census.fail({ status: 502 }, { after: between(random, 0, 4), times: between(random, 1, 2) }),
      'a connection to PostgreSQL is cut': (random) =>
        proxy.cut({
          after: between(random, 0, 20_000),
          direction: pick(random, ['toServer', 'toClient']),
          times: 1,
        }),
    },
    async begin() {
      runs = 0;
      await polls.startOver();
    },
    async run(options) {
      runs += 1;
      return polls.pollApart([], options);
    },
    look: async () => polls.compareAll().wrong,
    async heal() {
      bench.census.heal();
      bench.kinesis.heal();
      proxy.heal();
      // The calls tell which states were saved; only the faults are to go.
      bench.s3.forgive();
      const { code, stdout } = await polls.poll();
      const { missing, repeated, wrong } = polls.compareAll();
      return {
        repeated,
        wrong: [
          ...wrong,
          ...(code === 0 ? [] : [`the next run ended with ${code}: ${stdout}`]),
          ...(missing > 0 ? [`${missing} patrons are missing`] : []),
          ...(repeated > runs * batchSize ? [`${repeated} records came twice`] : []),
        ],
      };
    },
    async stop() {
      await polls.close();
      await proxy.stop();
      await bench.stop();
    },
  };
}
