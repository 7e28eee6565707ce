import type { Ended } from '../support/command-process.ts';
import { makeNights } from '../support/nights.ts';
import type { ObjectsBench } from '../support/objects-benches.ts';
import type { S3Operation, S3Server } from '../support/s3-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { between, pick, type World } from './world.ts';

const people = 2000;

/** @param s3 the server of the bench, where that is S3 */
export async function makeLoadWorld(bench: ObjectsBench, s3?: S3Server): Promise<World> {
  const proxy = bench.port === undefined ? null : await startTcpProxy(bench.port);
  const nights = await makeNights(bench, { people, ...(proxy && { port: proxy.port }) });
  const directions = ['toServer', 'toClient'] as const;
  let night = 1;
  /** The nights whose files a group may have: that of the last whole run, and those that were killed since. */
  let possible: number[] = [];
  /** Whether a run has died, or given up, inside a swap since the last whole run. */
  let mayBeEmpty = false;
  await nights.load(night);

  const operations: readonly S3Operation[] = [
    'ListObjects',
    'DeleteObjects',
    'ListUploads',
    'CreateUpload',
    'UploadPart',
    'CompleteUpload',
    'AbortUpload',
    'PutObject',
    'GetObject',
  ];
  const faults: Record<string, World['faults'][string]> = {
    ...(proxy && {
      'a connection is cut': (random) =>
        proxy.cut({ after: between(random, 0, 60_000), direction: pick(random, directions), times: 1 }),
      'a slow network': (random) => proxy.slow({ delayMs: between(random, 1, 20) }),
    }),
    ...(s3 && {
      'S3 answers 503': (random) =>
        s3.fail(
          pick(random, operations),
          { status: 503, code: 'SlowDown' },
          { after: between(random, 0, 2), times: between(random, 1, 4) },
        ),
      'S3 cuts behind what it did': (random) =>
        s3.fail(pick(random, operations), { cut: 'after' }, { after: between(random, 0, 2), times: 1 }),
    }),
  };
  const endFaults = () => {
    proxy?.heal();
    s3?.heal();
  };
  return {
    name: `load to ${bench.system}`,
    faults,
    async begin() {
      possible = [night];
      mayBeEmpty = false;
    },
    async run(options) {
      night += 1;
      possible.push(night);
      return nights.loadApart(night, options);
    },
    async look({ stderr }: Ended) {
      const count = (message: string) => stderr.split(`"msg":"${message}"`).length - 1;
      // Both files are staged before the first old one is removed, and nothing is missing once both are published.
      if (count('Staged.') === 2 && count('Published and verified.') < 2) mayBeEmpty = true;
      const delivered = await nights.delivered();
      return Object.entries(delivered).flatMap(([group, of]) => {
        if (of === null) return mayBeEmpty ? [] : [`${group} has no file, and no swap was under way`];
        if (typeof of === 'string') return [`${group}: ${of}`];
        return possible.includes(of) ? [] : [`${group} has the files of night ${of}`];
      });
    },
    async heal() {
      endFaults();
      night += 1;
      const { code, stdout } = await nights.load(night);
      if (code !== 0) return { wrong: [`the next run ended with ${code}: ${stdout}`], repeated: 0 };
      const delivered = await nights.delivered();
      const { staged, work } = await nights.leftovers();
      const wrong = Object.entries(delivered)
        .filter(([, of]) => of !== night)
        .map(([group, of]) => `${group} of night ${night} has ${of}`);
      if (staged > 0) wrong.push(`${staged} staged files are left`);
      if (work.length > 0) wrong.push(`${work.length} folders are left in the work directory`);
      return { wrong, repeated: 0 };
    },
    async stop() {
      await proxy?.stop();
      await bench.stop();
    },
  };
}
