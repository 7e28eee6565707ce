import type { Log } from '../core/log.ts';
import type { Checkpoint, Lease } from '../core/ports.ts';
import type { RetryPolicy } from '../core/retry.ts';
import type { GroupRule } from './apply-rules.ts';
import type { AfterReject } from './fill-person.ts';
import type { GuardLimits } from './guard.ts';
import type { Inputs } from './inputs.ts';
import type { LookupTables } from './lookup-tables.ts';
import type { AlmaResults, ObjectStore, RejectsPlace, Relation, RosterStore, RowSource } from './ports.ts';
import type { OnChange } from './roster/compare-roster.ts';
import type { LeaversSettings } from './roster/leavers-settings.ts';
import type { RosterSettings } from './roster/roster-settings.ts';
import type { TableLimits } from './table-report.ts';
import type { UserTemplate } from './template/user-template.ts';
import type { FileLimits } from './trust-file.ts';
import type { WorkFolder } from './work-folder.ts';

/** A group of people, ready to run. */
export interface LoadGroup {
  readonly name: string;
  readonly relation: Relation;
  /** Name of the column that identifies a person. */
  readonly person: string;
  readonly template: UserTemplate;
  /** Rules by which people are left out, in order. */
  readonly rules: readonly GroupRule[];
  readonly guard: GuardLimits;
  /** What the users are made with besides the rows. */
  readonly inputs: Inputs;
}

/** One run of the job: what to load, and how. */
export interface LoadJob {
  readonly title: string;
  readonly now: Date;
  /** In order of precedence. */
  readonly groups: readonly LoadGroup[];
  readonly fileLimits: FileLimits;
  readonly tableLimits: TableLimits;
  readonly roster: RosterSettings | null;
  /** Null where the job sends no leavers. */
  readonly leavers: LeaversSettings | null;
  /** Which users are delivered: all, or those whom Alma does not know as they are now. Needs a roster. */
  readonly what: 'all' | 'changed';
  /** Days after which all users are delivered where else only changed ones are. */
  readonly allEveryDays: number;
  /** Elements whose change alone makes no user one of the changed. */
  readonly ignoredAlone: ReadonlySet<string>;
  readonly lookups: LookupTables;
  readonly repeatedKeys: Readonly<Record<string, readonly string[]>>;
  readonly afterReject: AfterReject;
  readonly values: 'trim' | 'keep';
  readonly root: 'users' | 'userRecords';
  readonly usersPerFile: number;
  readonly replace: 'own' | 'all';
  readonly showsRowKeys: boolean;
  readonly retry: RetryPolicy;
  readonly swapRetry: RetryPolicy;
  /** Only these groups are delivered; those before them are read, for precedence. */
  readonly onlyGroups?: readonly string[] | undefined;
  /** Rows read of each group. */
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
  readonly acceptDrop: boolean;
}

export interface LoadPorts {
  readonly source: RowSource;
  /** The folder of the job, which names it. */
  readonly store: ObjectStore;
  /** The folder of a group, which may have its own. */
  readonly storeOf: (group: string) => ObjectStore;
  /** Null for a dry run on a local disk, which is compared with nothing and leaves no ledger. */
  readonly ledger: Checkpoint<unknown> | null;
  /** Keeps a second run of the job away; null where the store has none. */
  readonly lease: Lease | null;
  /** Null where the job keeps no roster. */
  readonly roster: RosterStore | null;
  /** Where rejected rows are put; missing where they are not written. */
  readonly rejects?: RejectsPlace | null | undefined;
  /**
   * What Alma made of the delivery of a run, if it is the last one; missing where no job of Alma is known.
   * @param madeAt the time of the run, ISO 8601
   */
  readonly almaResults?: ((madeAt: string, signal: AbortSignal) => Promise<AlmaResults>) | undefined;
  /** Asked for once the lease is held: a run that may not begin leaves the folders of others alone. */
  readonly makeWork: () => Promise<WorkFolder>;
  readonly log: Log;
  readonly onProgress?: (group: string, read: number) => void;
  /** Told of every user whom a delivery would change. */
  readonly onChange?: OnChange | undefined;
}
