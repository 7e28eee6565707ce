import { join } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { limits } from './alma/rules.ts';
import { groupReportOf } from './check-group.ts';
import type { LoadGroup, LoadJob, LoadPorts } from './job.ts';
import { makeGroup } from './make-group.ts';
import { PeopleRegister } from './people-register.ts';
import { type ColumnPlan, planColumns } from './plan-columns.ts';
import { addLateRejects, type LateReject, openRejects } from './rejects/collect-rejects.ts';
import type { RejectsWriter } from './rejects/rejects-writer.ts';
import { type MadeGroup, needsRemake, remakeFiles } from './remake-files.ts';
import type { Running } from './running.ts';
import { stopwatch } from './stopwatch.ts';
import { ZipThread } from './zip-thread.ts';

/** The files of all groups, and what is needed of their people. */
export interface MadeGroups {
  readonly made: readonly MadeGroup[];
  readonly register: PeopleRegister;
  /** Null where rejected rows are not written to a file. */
  readonly rejects: RejectsWriter | null;
}

/** Makes the files of all groups. */
export async function makeGroups(running: Running): Promise<MadeGroups> {
  const rejects = await openRejects(running);
  try {
    return { ...(await makeAll(running, rejects)), rejects };
  } catch (error) {
    await rejects?.abandon();
    throw error;
  }
}

async function makeAll(
  running: Running,
  rejects: RejectsWriter | null,
): Promise<Omit<MadeGroups, 'rejects'>> {
  const { job, ports, signal, report, plans, last, work } = running;
  const step = stopwatch(report.durations);
  const keepsKeys = job.showsRowKeys || job.roster !== null || rejects !== null;
  const register = new PeopleRegister(job.showsRowKeys, keepsKeys);
  const made: MadeGroup[] = [];
  for (const group of groupsToRead(job)) {
    await step(`make ${group.name}`, async () => {
      const isDelivered = isAskedFor(job, group);
      const maxZips = limits.zipsPerRun - made.reduce((sum, { archives }) => sum + archives.length, 0);
      const zip = isDelivered ? newZip(job, work.path, group, maxZips) : null;
      const plan = planOf(plans, group.name);
      const { tally, archives } = await makeGroup({
        ...{ job, ports, group, plan, register, zip, signal },
        rejects: isDelivered ? rejects : null,
      });
      const each = { group, tally, archives, isDelivered };
      made.push(each);
      report.groups.push(groupReportOf(each, last));
    });
  }
  const late: LateReject[] = [];
  if (made.some((each) => needsRemake(each, register)))
    await step('make files again', () =>
      remakeFiles(made, {
        register,
        directory: join(work.path, 'again'),
        onRejected: ({ group }, person, leftOut) => {
          late.push({ group, person, key: register.keyOf(person.person), leftOut });
        },
        newFiles: ({ group, archives }, directory) => newZip(job, directory, group, archives.length),
        log: ports.log,
        signal,
      }),
    );
  if (rejects) await addLateRejects(running, rejects, late);

  // What was entered while groups were made may have changed since.
  report.groups.length = 0;
  return { made, register };
}

/** Finds the columns of every group before the first row of any is read. */
export async function planGroups(
  job: LoadJob,
  { source, rejects }: LoadPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ColumnPlan>> {
  const plans = new Map<string, ColumnPlan>();
  for (const group of job.groups) {
    const present = await untilAborted(signal, source.columns(group.relation, signal));
    plans.set(group.name, planColumns({ ...group, divides: rejects?.by }, present, source.hasHeaderLine));
  }
  return plans;
}

/** All groups, or those up to the last that was asked for: who is in an earlier one is not in it. */
function groupsToRead(job: LoadJob): readonly LoadGroup[] {
  return job.groups.slice(0, 1 + job.groups.findLastIndex((group) => isAskedFor(job, group)));
}

function isAskedFor({ onlyGroups }: LoadJob, { name }: LoadGroup): boolean {
  return onlyGroups?.includes(name) ?? true;
}

function newZip(job: LoadJob, directory: string, { name }: LoadGroup, maxZips: number): ZipThread {
  const { now, root, usersPerFile } = job;
  return new ZipThread({ directory, group: name, now, root, usersPerFile, maxZips });
}

function planOf(plans: ReadonlyMap<string, ColumnPlan>, group: string): ColumnPlan {
  const plan = plans.get(group);
  if (!plan) throw new Error('a group without a plan');
  return plan;
}
