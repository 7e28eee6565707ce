import type { createPostgresBackend } from 'bullmq';
import { pause } from '../../core/abort.ts';

type CreateBackend = typeof createPostgresBackend;

/** How long a worker rests that could not ask for a job. */
const restMs = 1000;

/**
 * BullMQ's way to PostgreSQL (6.7), with two faults mended that many workers or a server in trouble bring to light.
 *
 * A worker rests after a connection that is refused, and after no other failure: where a server starts up, or no longer takes
 * the password, it would ask thousands of times a second.
 *
 * Locks are renewed in one statement, which deadlocks with the look for dead workers: that marks all jobs under way, in another
 * order. Each deadlock costs both a second, and with dozens of workers locks ran out of jobs that were still worked on. Here a
 * statement renews one lock, and so never holds one row while it waits for another.
 */
export function sturdy(create: CreateBackend): CreateBackend {
  return (...given) => {
    const backend = create(...given);
    const claim = backend.moveToActive.bind(backend);
    backend.moveToActive = (...wanted) =>
      claim(...wanted).catch(async (error) => {
        await pause(restMs, new AbortController().signal);
        throw error;
      });
    backend.extendLocks = async (ids, tokens, durationMs) => {
      const lost: string[] = [];
      for (const [index, id] of ids.entries())
        if ((await backend.extendLock(id, tokens[index] ?? '', durationMs)) !== 1) lost.push(id);
      return lost;
    };
    return backend;
  };
}
