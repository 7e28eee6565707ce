import type { Job } from 'bullmq';
import { leaseLost } from '../../core/lease.ts';
import type { Lease } from '../../core/ports.ts';

/**
 * The lease of a range is the lock of its job. BullMQ takes it with the job, renews it, and lets go of it with the job's end; this
 * asks for it once more before anything that only the holder may do.
 */
export function createRangeLease(job: Job, token: string, name: string, lastsMs: number): Lease {
  return {
    name,
    lastsMs,
    check: async () => 'is in the queue',
    acquire: async () => {},
    renew: async () => {
      const isHeld = await job.extendLock(token, lastsMs).catch((error: unknown) => {
        // -2: another worker has the job, or it is over; BullMQ has no error class for it.
        if (error instanceof Error && /lock/i.test(error.message)) return 0;
        throw error;
      });
      if (!isHeld) throw leaseLost(name);
    },
    release: async () => {},
    close: async () => {},
  };
}
