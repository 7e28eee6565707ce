import type { HeldLease } from '../core/hold-lease.ts';
import type { CrowdCounter } from './count-crowds.ts';
import type { PollJob, PollPorts } from './job.ts';
import type { PollReport } from './poll-report.ts';
import type { PollState } from './state.ts';

/** A run whose lease is held: the job, and how far it has come. */
export interface Running {
  readonly job: PollJob;
  readonly ports: PollPorts;
  readonly signal: AbortSignal;
  readonly held: HeldLease;
  readonly report: PollReport;
  readonly crowds: CrowdCounter;
  readonly startedAt: number;
  state: PollState;
}

/** Enters a warning into the report, and logs it. */
export function warn({ ports, report }: Running, warning: string): void {
  report.warnings.push(warning);
  ports.log.warn(warning);
}
