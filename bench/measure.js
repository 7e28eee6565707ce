import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Prints what a piece of work took, as the last line of its process. */
export async function measured(work) {
  const start = performance.now();
  const bytes = await work();
  const seconds = (performance.now() - start) / 1000;
  console.log(
    JSON.stringify({ seconds, bytes, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }),
  );
}

/** Runs `patronflow load` in this process. @returns its report */
export async function runLoad(directory, ...args) {
  const { main } = await import('../dist/cli/main.js');
  let out = '';
  const code = await main(['load', '--config', join(directory, 'patronflow.yaml'), '--json', ...args], {
    environment: {},
    workingDirectory: directory,
    stdout: { write: (text) => (out += text) },
    stderr: process.stderr,
    pid: process.pid,
    space: 'bench',
    uid: process.getuid?.() ?? null,
    isAlive: () => true,
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`exit ${code}: ${out}`);
  return JSON.parse(out);
}
