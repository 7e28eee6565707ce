import type { LoadJob, LoadPorts } from './job.ts';
import type { Ledger } from './ledger.ts';
import type { LoadReport } from './load-report.ts';
import type { ColumnPlan } from './plan-columns.ts';
import type { WorkFolder } from './work-folder.ts';

/** A run whose lease is held, and all that its steps share. */
export interface Running {
  readonly job: LoadJob;
  readonly ports: LoadPorts;
  readonly signal: AbortSignal;
  readonly report: LoadReport;
  readonly plans: ReadonlyMap<string, ColumnPlan>;
  /** Null before the first delivery. */
  readonly last: Ledger | null;
  readonly work: WorkFolder;
}
