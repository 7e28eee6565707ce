import { onTestFinished } from 'vitest';
import { watchAdapters } from './preload/watched-port.js';

const adapters = new URL('../../src/adapters/', import.meta.url);

/**
 * Until the end of the test an adapter throws at a point what no adapter should: `objects.publish#1 before`.
 * @returns what ends it before
 */
export async function throwAt(point: string, message: string): Promise<() => void> {
  const stop = await watchAdapters(
    adapters,
    (port) => import(new URL(`${port}/index.ts`, adapters).pathname),
    (reached) => {
      if (reached === point) throw new Error(message);
    },
  );
  onTestFinished(stop);
  return stop;
}
