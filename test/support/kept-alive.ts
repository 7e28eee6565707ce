import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// The servers of a test live in its process: their ends of the connections are not the adapter's.
subscribe('net.server.socket', (message) => void (message as { socket: Socket }).socket.unref());

/** How long what was let go of may take to be gone, on a machine that has other things to do. */
const patienceMs = 10_000;

/** Does the work, and waits until nothing keeps the process alive that did not before: no connection, no timer. */
export async function leavingNothing<T>(work: () => Promise<T>): Promise<T> {
  const before = process.getActiveResourcesInfo();
  const result = await work();
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const left = without(process.getActiveResourcesInfo(), before);
    if (left.length === 0) return result;
    if (performance.now() > deadline) throw new Error(`The process is kept alive by ${left.join(', ')}.`);
    await sleep(10);
  }
}

function without(kinds: readonly string[], known: readonly string[]): string[] {
  const left = [...kinds];
  for (const kind of known) {
    const at = left.indexOf(kind);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
