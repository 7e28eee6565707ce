import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { GroupTally } from './group-tally.ts';
import type { LoadGroup, LoadJob, LoadPorts } from './job.ts';
import { makeUser } from './make-user.ts';
import type { PeopleRegister } from './people-register.ts';
import type { ColumnPlan } from './plan-columns.ts';
import { readPeople } from './read-people.ts';
import type { RejectsWriter } from './rejects/rejects-writer.ts';
import type { Archive } from './write-zip.ts';
import type { ZipThread } from './zip-thread.ts';

export interface GroupWork {
  readonly job: LoadJob;
  readonly ports: LoadPorts;
  readonly group: LoadGroup;
  readonly plan: ColumnPlan;
  /** The people of the groups before this one; those of this one are added. */
  readonly register: PeopleRegister;
  /** Null where rejected rows are not written to a file. */
  readonly rejects?: RejectsWriter | null | undefined;
  /** Null for a group that is read for precedence only. */
  readonly zip: ZipThread | null;
  readonly signal: AbortSignal;
}

/** After so long signals and timers get their turn, also in a batch whose people take seconds to fill. */
const turnMs = 100;

/** Reads the people of a group, fills their users and writes them, one batch in memory at a time. */
export async function makeGroup(
  work: GroupWork,
): Promise<{ tally: GroupTally; archives: readonly Archive[] }> {
  const { job, ports, group, plan, register, rejects, zip, signal } = work;
  const tally = new GroupTally(
    plan.columns.map(({ name }) => name),
    group.template,
  );
  register.beginGroup(group.name);
  let left = job.limit ?? Number.POSITIVE_INFINITY;
  let read = 0;
  let turnEnds = performance.now() + turnMs;
  try {
    for await (const { people, unreadable, file } of readPeople(
      ports.source,
      group.relation,
      plan,
      job.values,
      signal,
    )) {
      if (file) tally.files.push(file);
      for (const row of unreadable) {
        tally.unreadable(group.name, row);
        await rejects?.lines(group.name, row);
      }
      for (const person of people.slice(0, left)) {
        if (performance.now() > turnEnds) {
          await setImmediate();
          signal.throwIfAborted();
          turnEnds = performance.now() + turnMs;
        }
        const outcome = makeUser(person, group, register, job.afterReject);
        if (outcome.kind === 'duplicate' && outcome.first.group === group.name) tally.repeatedPeople += 1;
        if (outcome.kind === 'written') {
          const caughtUp = zip?.write(outcome.user.xml);
          if (caughtUp) await caughtUp;
        }
        if (outcome.kind === 'rejected') await rejects?.person(group.name, group.person, person, outcome);
        tally.person(person, outcome, () =>
          register.placeOfRow(group.name, person.row, person.key, person.at),
        );
      }
      left -= people.length;
      read += people.length;
      ports.onProgress?.(group.name, read);
      if (left <= 0) break;
    }
    return { tally, archives: (await zip?.finish()) ?? [] };
  } catch (error) {
    await zip?.abandon();
    throw error;
  }
}
