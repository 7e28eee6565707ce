import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';

const bin = resolve(import.meta.dirname, '../../dist/bin.cjs');

/** What a process holds at an instant. */
export interface Sample {
  readonly seconds: number;
  readonly megabytes: number;
  readonly sockets: number;
  readonly files: number;
  readonly pipes: number;
}

export interface Watched {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The most that was resident at any time, by the system's own count. */
  readonly peakMegabytes: number;
  /** In order. */
  readonly samples: readonly Sample[];
  /** Processes that wanted a processor, on average over the last minute: others share the machine. */
  readonly machineLoad: number;
}

/** Often enough for quarters of a run of some seconds. */
const samplingMs = 250;

/** Runs the command in a process of its own with a capped heap, and looks at it again and again. Linux only. */
export async function watch(
  args: readonly string[],
  {
    environment,
    directory,
    heapMegabytes,
  }: { environment: Readonly<Record<string, string>>; directory: string; heapMegabytes: number },
): Promise<Watched> {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      TMPDIR: directory,
      NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const samples: Sample[] = [];
  let peakMegabytes = 0;
  const clock = setInterval(() => {
    const seconds = (performance.now() - started) / 1000;
    const status = statusOf(child.pid);
    if (!status) return;
    peakMegabytes = status.peak;
    samples.push({ seconds, megabytes: status.resident, ...handlesOf(child.pid) });
  }, samplingMs);
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    const seconds = (performance.now() - started) / 1000;
    return { code, stdout, stderr, seconds, peakMegabytes, samples, machineLoad: loadavg()[0] ?? 0 };
  } finally {
    clearInterval(clock);
    child.kill('SIGKILL');
  }
}

/** Null when the process has ended. */
function statusOf(pid: number | undefined): { resident: number; peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    const [resident, peak] = [megabytes('VmRSS'), megabytes('VmHWM')];
    return Number.isNaN(resident) ? null : { resident, peak };
  } catch {
    return null;
  }
}

/** Handles that Node needs for itself, such as its event loop's, are none of these. */
export function handlesOf(pid: number | undefined): { sockets: number; files: number; pipes: number } {
  const counts = { sockets: 0, files: 0, pipes: 0 };
  const folder = `/proc/${pid}/fd`;
  for (const handle of readdirSync(folder)) {
    try {
      const target = readlinkSync(`${folder}/${handle}`);
      if (target.startsWith('socket:')) counts.sockets += 1;
      else if (target.startsWith('pipe:')) counts.pipes += 1;
      else if (target.startsWith('/') && !target.startsWith('/dev/')) counts.files += 1;
    } catch {
      // It was closed while we looked.
    }
  }
  return counts;
}
