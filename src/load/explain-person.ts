import { untilAborted } from '../core/abort.ts';
import type { Outcome } from './fill-person.ts';
import { canonical } from './identity-index.ts';
import type { LoadGroup, LoadJob, LoadPorts } from './job.ts';
import type { LookupTables } from './lookup-tables.ts';
import { makeUser } from './make-user.ts';
import { PeopleRegister, type PersonPlace } from './people-register.ts';
import { planColumns } from './plan-columns.ts';
import { type Person, readPeople } from './read-people.ts';
import { RejectedPerson } from './rejected-person.ts';
import { settleUser } from './settle-user.ts';
import type { Values } from './template/expressions.ts';
import { Trace, type TraceStep } from './template/trace.ts';
import type { UserTemplate } from './template/user-template.ts';

/** A row that names the person who is asked for. */
export interface Explained {
  readonly place: PersonPlace;
  readonly outcome: Outcome;
  readonly group: LoadGroup;
  /** By the names that the template uses. */
  readonly values: Values;
  /** How each value of the user came about. */
  readonly steps: readonly TraceStep[];
}

/** Rows that are explained. More have something else in common than a person. */
export const maxExplained = 20;

/**
 * Finds what becomes of one person, in every row that names them. The people before them are read too, since
 * duplicates and taken identifiers depend on who came first.
 * @param key the value of the groups' person column, or any identifier, as Alma has it or as the source does; without regard
 *   to case and surrounding blanks
 */
export async function explainPerson(
  job: LoadJob,
  { source }: Pick<LoadPorts, 'source'>,
  key: string,
  signal: AbortSignal,
): Promise<readonly Explained[]> {
  const register = new PeopleRegister(true);
  const found: Explained[] = [];
  for (const group of job.groups) {
    register.beginGroup(group.name);
    const present = await untilAborted(signal, source.columns(group.relation, signal));
    const plan = planColumns(group, present, source.hasHeaderLine);
    for await (const { people } of readPeople(source, group.relation, plan, job.values, signal)) {
      for (const person of people) {
        const outcome = makeUser(person, group, register, job.afterReject);
        if (found.length === maxExplained) continue;
        if (!isNamed(canonical(key), person, outcome, group.template)) continue;
        const place = register.placeOfRow(group.name, person.row, person.key, person.at);
        found.push(explained(person, place, kept(outcome), group, job.lookups));
      }
      signal.throwIfAborted();
    }
  }
  return found.map((each) => ({ ...each, outcome: settled(each.outcome, each.group, register) }));
}

/** The template's next user overwrites the view of this one. */
const kept = (outcome: Outcome): Outcome =>
  outcome.kind === 'written'
    ? { ...outcome, user: { ...outcome.user, identifiers: [...outcome.user.identifiers] } }
    : outcome;

/** Also who is rejected, or written before, and has no user here, is found by what would have been an identifier. */
function isNamed(key: string, person: Person, outcome: Outcome, { columnsIn }: UserTemplate): boolean {
  const written = outcome.kind === 'written' ? outcome.user.identifiers : [];
  const columns = [...columnsIn.identifiers].flatMap((name) => {
    const value = person.values[name] ?? '';
    // A list of barcodes, by what libraries put between them.
    return [value, ...value.split(/[;,|]/)];
  });
  return key !== '' && [person.key, ...written, ...columns].some((value) => canonical(value) === key);
}

function explained(
  { values }: Person,
  place: PersonPlace,
  outcome: Outcome,
  group: LoadGroup,
  lookups: LookupTables,
): Explained {
  const trace = new Trace();
  lookups.onUnmapped = (table) => trace.unmapped(table);
  try {
    group.template.fill(values, trace);
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
  } finally {
    lookups.onUnmapped = null;
  }
  return { place, outcome, group, values, steps: trace.steps };
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
