import type { Questions } from './ask.ts';
import { askForRoster } from './ask-for-roster.ts';
import { decide } from './decide.ts';
import { guessRoles, holdsCodes } from './guess-roles.ts';
import type { ColumnProfile } from './profile-column.ts';
import type { Sample } from './read-sample.ts';
import type { JoinedFeed, PeopleFeed, WrittenJob } from './write-job.ts';

/** A feed with fewer columns, one of which identifies the people of another feed, is joined to that. */
const maxJoinedColumns = 8;

/** Makes a job of feeds that were looked at, and asks for what they do not say. */
export async function planJob(
  samples: readonly Sample[],
  folder: string,
  questions: Questions,
): Promise<WrittenJob> {
  const bySize = samples.toSorted((a, b) => b.columns.length - a.columns.length);
  const people: PeopleFeed[] = [];
  const joined: JoinedFeed[] = [];
  const codes = new Map<string, readonly (readonly [string, number])[]>();
  const names = new Set<string>();
  for (const sample of bySize) {
    const table = freeName(sample.name, names);
    const key = keyOf(sample, people);
    if (key !== null) joined.push({ table, sample, ...key });
    else people.push(await planPeople(table, sample, bySize, codes, questions));
  }
  const ordered = await inOrder(people, questions);
  const hasRoster = await askForRoster(questions);
  return { folder, people: ordered, joined, codes, hasRoster, decisions: questions.decisions };
}

async function planPeople(
  table: string,
  sample: Sample,
  samples: readonly Sample[],
  codes: Map<string, readonly (readonly [string, number])[]>,
  questions: Questions,
): Promise<PeopleFeed> {
  // Columns of a feed that will be joined are there for the template too.
  const others = samples.filter((each) => each !== sample && isSmall(each) && sharesKey(each, sample));
  const columns = [...sample.columns, ...others.flatMap((each) => notIn(each.columns, sample))];
  const roles = guessRoles(columns);
  const mapping = await decide(sample.name, columns, roles, questions);
  const column = (name: string) => columns.find((each) => each.name === name);
  const lookup = (name: string, each: ColumnProfile | undefined, isChosen = false): string | null => {
    // Surnames can look like codes, so values are written only where the column's name or a person vouches for them.
    if (!each?.codes || !holdsCodes(each, isChosen)) return null;
    const key = codes.has(name) ? `${name}_${table}` : name;
    codes.set(key, each.codes);
    return key;
  };
  const group =
    'column' in mapping.group
      ? lookup('user_groups', column(mapping.group.column), questions.areAsked)
      : null;
  const department = lookup('departments', mapping.roles.get('department')?.column);
  return { table, group: table.replaceAll('_', '-'), sample, mapping, lookups: { group, department } };
}

async function inOrder(people: readonly PeopleFeed[], questions: Questions): Promise<readonly PeopleFeed[]> {
  let left = [...people];
  const ordered: PeopleFeed[] = [];
  while (left.length > 1) {
    const choices = left.map(({ group, sample }) => ({ name: group, why: `${sample.rows} rows` }));
    const first = await questions.choose('Which group comes first, for people who are in several?', choices);
    ordered.push(...left.filter(({ group }) => group === first));
    left = left.filter(({ group }) => group !== first);
  }
  return [...ordered, ...left];
}

const isSmall = ({ columns }: Sample): boolean => columns.length <= maxJoinedColumns;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function sharesKey(small: Sample, large: Sample): boolean {
  return small.columns.some(({ name }) => large.columns.some((each) => same(each.name, name)));
}

function notIn(columns: readonly ColumnProfile[], { columns: others }: Sample): ColumnProfile[] {
  return columns.filter(({ name }) => !others.some((other) => same(other.name, name)));
}

/** The column by which a feed is joined to one of people; null for one that has people of its own. */
function keyOf(sample: Sample, people: readonly PeopleFeed[]): Pick<JoinedFeed, 'of' | 'key'> | null {
  if (!isSmall(sample)) return null;
  for (const { table, sample: large, mapping } of people) {
    const isKey = (column: ColumnProfile) => column.isUnique || same(column.name, mapping.person);
    const keys = large.columns.filter(isKey);
    const shared = sample.columns.find(({ name }) => keys.some((key) => same(key.name, name)));
    if (shared) return { of: table, key: shared.name };
  }
  return null;
}

/** `PEOPLE_20260301.txt` is the table `people`. */
function freeName(file: string, taken: Set<string>): string {
  const plain = file
    .toLowerCase()
    .replace(/\.[a-z0-9]{1,5}$/, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/_?\d{6,}.*$/, '')
    .replace(/^_+|_+$/g, '');
  const base = /^[a-z]/.test(plain) ? plain : `people${plain && `_${plain}`}`;
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
  taken.add(name);
  return name;
}
