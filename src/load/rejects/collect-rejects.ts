import { join } from 'node:path';
import type { LeftOut } from '../fill-person.ts';
import type { LoadGroup } from '../job.ts';
import type { Holder } from '../people-register.ts';
import type { ColumnPlan } from '../plan-columns.ts';
import { readPeople } from '../read-people.ts';
import type { Running } from '../running.ts';
import { RejectsWriter, rejectsColumns } from './rejects-writer.ts';

/** Begins the file of rejected rows in the work folder; null where the job wants none, and in a run of a part of the rows. */
export async function openRejects({
  job,
  ports,
  plans,
  work,
}: Pick<Running, 'job' | 'ports' | 'plans' | 'work'>): Promise<RejectsWriter | null> {
  if (!ports.rejects || job.limit !== undefined) return null;
  const columns = job.groups.flatMap(({ name, person }) => columnsOf(person, plans.get(name)));
  return RejectsWriter.open({
    directory: join(work.path, 'rejects'),
    columns: [...new Set(columns)],
    by: ports.rejects.by,
  });
}

function columnsOf(person: string, plan: ColumnPlan | undefined): readonly string[] {
  const leading: readonly string[] = rejectsColumns;
  const inOrder = (plan?.columns ?? []).toSorted((a, b) => a.position - b.position);
  const own = inOrder.map(({ name }) => name).filter((name) => !leading.includes(name));
  return own.some((name) => name.toLowerCase() === person.toLowerCase()) ? own : [person, ...own];
}

/** A person who was written, and is rejected since another has their identifier as primary id. */
export interface LateReject {
  readonly group: LoadGroup;
  readonly person: Holder;
  readonly key: string;
  readonly leftOut: LeftOut;
}

/** Adds people whose rows are gone by now: they are read again. Of a row that is not the same person any more the key alone is known. */
export async function addLateRejects(
  { job, ports, plans, signal }: Running,
  rejects: RejectsWriter,
  late: readonly LateReject[],
): Promise<void> {
  for (const group of new Set(late.map((each) => each.group))) {
    const wanted = new Map(
      late.filter((each) => each.group === group).map((each) => [each.person.place.row, each]),
    );
    const plan = plans.get(group.name);
    if (!plan) continue;
    for await (const { people } of readPeople(ports.source, group.relation, plan, job.values, signal)) {
      for (const person of people) {
        const found = wanted.get(person.row);
        if (!found || found.key !== person.key) continue;
        wanted.delete(person.row);
        await rejects.person(group.name, group.person, person, reasonOf(found));
      }
      if (wanted.size === 0) break;
    }
    for (const each of wanted.values())
      await rejects.person(
        group.name,
        group.person,
        { row: each.person.place.row, key: each.key, values: {} },
        reasonOf(each),
      );
  }
}

const reasonOf = ({ leftOut: { element } }: LateReject) =>
  ({ reason: 'identifier_taken', element, functionName: '' }) as const;
