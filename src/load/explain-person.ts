import { applyRules } from './apply-rules.ts';
import { fillPerson, type Outcome } from './fill-person.ts';
import { canonical } from './identity-index.ts';
import type { LoadGroup, LoadJob, LoadPorts } from './job.ts';
import { PeopleRegister, type PersonPlace } from './people-register.ts';
import { planColumns } from './plan-columns.ts';
import { readPeople } from './read-people.ts';
import { settleUser } from './settle-user.ts';

export interface Explained {
  readonly place: PersonPlace;
  readonly outcome: Outcome;
}

/**
 * Finds what becomes of one person, in every row that names them. The people before them are read too, since
 * duplicates and taken identifiers depend on who came first.
 * @param key value of the groups' person column, without regard to case and surrounding blanks
 */
export async function explainPerson(
  job: LoadJob,
  { source }: Pick<LoadPorts, 'source'>,
  key: string,
  signal: AbortSignal,
): Promise<readonly Explained[]> {
  const register = new PeopleRegister(true);
  const found: (Explained & { readonly group: LoadGroup })[] = [];
  for (const group of job.groups) {
    register.beginGroup(group.name);
    const present = await source.columns(group.relation, signal);
    const plan = planColumns(group, present, source.hasHeaderLine);
    for await (const { people } of readPeople(source, group.relation, plan, job.values, signal)) {
      for (const person of people) {
        const outcome =
          applyRules(person, group.rules, register, job.afterReject) ??
          fillPerson(person, group.name, group.template, register, job.afterReject);
        if (canonical(person.key) !== canonical(key)) continue;
        // The template's next user overwrites the view of this one.
        const kept = outcome.kind === 'written' ? { ...outcome, user: { ...outcome.user } } : outcome;
        found.push({ place: register.placeOfRow(group.name, person.row, person.key), outcome: kept, group });
      }
      signal.throwIfAborted();
    }
  }
  return found.map(({ place, outcome, group }) => ({ place, outcome: settled(outcome, group, register) }));
}

/** What has become of an outcome when everybody behind is known too. */
function settled(outcome: Outcome, { template }: LoadGroup, register: PeopleRegister): Outcome {
  if (outcome.kind !== 'written' || !register.isOutdone(outcome.person)) return outcome;
  const { xml, leftOut } = settleUser(outcome.user.xml, outcome.person, template, register);
  const [first] = leftOut;
  return xml === null && first
    ? {
        kind: 'rejected',
        reason: 'identifier_taken',
        element: first.element,
        functionName: '',
        owner: first.owner,
      }
    : { ...outcome, user: { ...outcome.user, xml: xml ?? '' }, leftOut };
}
