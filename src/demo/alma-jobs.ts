import { takeUsers } from './alma-folder.ts';

/** An integration profile: a folder that its job reads. */
export interface AlmaProfile {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
}

/** How the runs of jobs go. */
export interface JobManner {
  /** Why users are rejected, by primary id. */
  rejects: Record<string, string>;
  /** The status with which runs end. */
  ending: string;
  /** Looks at a run before it has ended; `Infinity` for one that never ends. */
  looks: number;
  /** Language of the labels of counters. */
  labels: 'en' | 'de';
  /** Added to what a counter says. */
  lies: Partial<Record<'processed' | 'created' | 'updated' | 'unchanged' | 'rejected', number>>;
  /** Two shapes that the list of rejected users may have. */
  events: 'fields' | 'sentences';
}

interface Run {
  readonly id: string;
  readonly job: string;
  readonly profile: AlmaProfile;
  readonly submittedAt: Date;
  looksLeft: number;
  readonly counts: Record<'processed' | 'created' | 'updated' | 'unchanged' | 'rejected', number>;
  readonly rejected: { id: string; reason: string }[];
  ending: string;
}

const labels = {
  en: {
    processed: 'Total users processed',
    created: 'Total users created successfully',
    updated: 'Total users updated successfully',
    unchanged: 'Total users unchanged',
    rejected: 'Total users rejected',
  },
  de: {
    processed: 'Benutzer insgesamt',
    created: 'Neu angelegt',
    updated: 'Geändert',
    unchanged: 'Gleich geblieben',
    rejected: 'Abgelehnt',
  },
} as const;

const steps = ['QUEUED', 'INITIALIZING', 'RUNNING', 'RUNNING', 'FINALIZING'];

/** The jobs of an invented Alma. A run reads the folder of its profile when it is started, and compares with the users that it knows. */
export class AlmaJobs {
  readonly manner: JobManner = {
    rejects: {},
    ending: 'COMPLETED_SUCCESS',
    looks: 1,
    labels: 'en',
    lies: {},
    events: 'fields',
  };
  readonly runs: Run[] = [];
  /** Prints of users, by primary id. */
  readonly users = new Map<string, string>();
  readonly #profiles: readonly AlmaProfile[];

  constructor(profiles: readonly AlmaProfile[]) {
    this.#profiles = profiles;
  }

  /** All scheduled jobs: of each profile one that synchronizes, and what every institution has besides. */
  list(profile: string | null): unknown[] {
    const ours = this.#profiles.map(({ id, name }) => ({
      id: jobIdOf(id),
      name: `Users SYNCHRONIZE using profile ${name}`,
      type: { value: 'SCHEDULED', desc: 'Scheduled' },
      category: { value: 'USERS', desc: 'Users' },
      related_profile: { value: id, link: '' },
    }));
    const others = [
      { id: 'S900', name: 'Requests - Recalculate After Inventory Update', type: { value: 'SCHEDULED' } },
    ];
    return profile === null
      ? [...others, ...ours]
      : ours.filter((job) => job.related_profile.value === profile);
  }

  has(job: string): boolean {
    return job === 'S900' || this.#profiles.some(({ id }) => jobIdOf(id) === job);
  }

  isRunning(job: string): boolean {
    return this.runs.some((run) => run.job === job && run.looksLeft > 0);
  }

  /** Starts a run, as the API or a schedule does. */
  async start(job: string): Promise<string> {
    const profile = this.#profiles.find(({ id }) => jobIdOf(id) === job);
    if (!profile) throw new Error(`no job ${job}`);
    const { zips, users } = await takeUsers(profile.folder);
    const run: Run = {
      id: String(4_000_000 + this.runs.length),
      job,
      profile,
      submittedAt: new Date(),
      looksLeft: this.manner.looks,
      counts: { processed: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 },
      rejected: [],
      ending: zips === 0 ? 'COMPLETED_NO_BULKS' : this.manner.ending,
    };
    if (run.ending.startsWith('COMPLETED_') && run.ending !== 'COMPLETED_FAILED') this.#load(run, users);
    this.runs.push(run);
    return run.id;
  }

  #load(run: Run, users: Awaited<ReturnType<typeof takeUsers>>['users']): void {
    for (const { id, print } of users) {
      run.counts.processed += 1;
      const reason = this.manner.rejects[id];
      const before = this.users.get(id);
      if (reason !== undefined) {
        run.rejected.push({ id, reason });
        run.counts.rejected += 1;
        continue;
      }
      run.counts[before === undefined ? 'created' : before === print ? 'unchanged' : 'updated'] += 1;
      this.users.set(id, print);
    }
  }

  /** A run as Alma tells of it; each look brings it nearer to its end. */
  look(run: Run): unknown {
    if (run.looksLeft > 0) run.looksLeft -= 1;
    return this.tell(run, run.looksLeft > 0);
  }

  tell(run: Run, goesOn = run.looksLeft > 0): unknown {
    const status = goesOn ? (steps[run.looksLeft % steps.length] ?? 'RUNNING') : run.ending;
    return {
      id: run.id,
      name: `Users SYNCHRONIZE using profile ${run.profile.name}`,
      submitted_by: { value: 'exl_api', desc: 'API' },
      submit_time: run.submittedAt.toISOString(),
      start_time: run.submittedAt.toISOString(),
      ...(!goesOn && { end_time: new Date(run.submittedAt.getTime() + 1000).toISOString() }),
      progress: goesOn || run.ending === 'FAILED' ? 0 : 100,
      status: { value: status, desc: status },
      counter: goesOn ? [] : this.#counters(run),
      job_info: { id: run.job },
    };
  }

  #counters({ counts }: Run): unknown[] {
    const texts = labels[this.manner.labels];
    const ours = (Object.keys(counts) as (keyof typeof counts)[]).map((kind, index) => ({
      type: { value: `c.users.${this.manner.labels === 'en' ? kind : index}`, desc: texts[kind] },
      value: String(counts[kind] + (this.manner.lies[kind] ?? 0)),
    }));
    return [{ type: { value: 'c.records', desc: 'Total records processed' }, value: '1' }, ...ours];
  }

  /** A page of a run's rejected users. */
  events({ rejected }: Run, offset: number, limit: number): unknown {
    const page = rejected.slice(offset, offset + limit);
    if (this.manner.events === 'fields')
      return {
        event: page.map(({ id, reason }) => ({ user_primary_id: id, description: reason })),
        total_record_count: rejected.length,
      };
    return { events: { event: page.map(({ id, reason }) => ({ text: [`Primary ID: ${id}; ${reason}`] })) } };
  }
}

/** A job's id is not its profile's. */
export function jobIdOf(profile: string): string {
  return `S7${profile}`;
}
