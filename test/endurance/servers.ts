import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Kinesis, S3 and the Census Bureau's geocoder in a process of their own, so that only the command is measured. */
export interface Servers {
  readonly kinesis: string;
  readonly census: string;
  readonly s3: string;
  /** Records that Kinesis has, and partition keys among them, which are one a patron. */
  counts(): Promise<{ received: number; partitions: number }>;
  stop(): Promise<void>;
}

const path = fileURLToPath(new URL('../../bench/poll-servers.js', import.meta.url));

export async function startServers(): Promise<Servers> {
  const child = spawn(process.execPath, [path, '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const nextLine = async () => JSON.parse(String((await once(lines, 'line'))[0]));
  return {
    ...(await nextLine()),
    counts: () => {
      child.stdin.write('\n');
      return nextLine();
    },
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
