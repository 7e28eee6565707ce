import { safeText } from '../../core/safe-text.ts';
import type { AlmaRejects } from '../ports.ts';

/** Why Alma rejected users, and how many. */
export interface AlmaReason {
  readonly reason: string;
  readonly users: number;
  /** Their ids, where the job may show them. */
  readonly ids: readonly string[];
}

/** What Alma is known to say. Only what stands here in brackets is shown of its own words: names of fields and codes of types. */
const knownReasons: readonly (readonly [RegExp, string])[] = [
  [/mandatory field is missing:?\s*([a-z][a-z ]{0,40})/i, 'a mandatory field is missing: {}'],
  [/identifier of type (\w{1,20})\b.*already taken/i, 'another user has the identifier already (type {})'],
  [/already taken|already exists|is not unique/i, 'another user has the identifier already'],
  [/not external/i, 'the user is internal in Alma, and no load changes internal users'],
  [/user ?group/i, 'Alma does not accept the user group'],
  [/purge date/i, 'Alma does not accept the purge date'],
  [/expir\w* date/i, 'Alma does not accept the expiry date'],
  [/statistic\w* category/i, 'Alma does not accept a statistical category'],
  [/country/i, 'Alma does not accept the country'],
  [/email/i, 'Alma does not accept an e-mail address'],
  [/address/i, 'Alma does not accept an address'],
  [/could not parse|not valid xml|xsd|invalid character/i, 'Alma could not read the user'],
];

/** Users who must share a text before it is shown: what so many share is no value of one of them. */
const sharedBy = 10;

const notShown = 'a reason that may name people; see the report of the job in Alma';

/** Reasons shown; the rest are put together. */
const shownReasons = 50;

/** Ids shown of each reason: a person works with a hundred, and with more in Alma. */
const shownIds = 100;

/** Groups rejected users by reason, the most frequent first. Alma's own text may quote a user's values. */
export function groupReasons({ entries }: AlmaRejects, showsIds: boolean): readonly AlmaReason[] {
  const shared = countsOf(entries.map(({ text }) => text));
  const groups = new Map<string, { users: number; ids: string[] }>();
  for (const { id, text } of entries) {
    const isShown = showsIds || (shared.get(text) ?? 0) >= sharedBy;
    const reason = knownReason(text) ?? (isShown && text.trim() !== '' ? safeText(text) : notShown);
    const key = groups.has(reason) || groups.size < shownReasons ? reason : 'other reasons';
    const group = groups.get(key) ?? { users: 0, ids: [] };
    group.users += 1;
    if (showsIds && id !== '' && group.ids.length < shownIds) group.ids.push(safeText(id));
    groups.set(key, group);
  }
  return [...groups].map(([reason, group]) => ({ reason, ...group })).sort((a, b) => b.users - a.users);
}

function knownReason(text: string): string | null {
  for (const [pattern, words] of knownReasons) {
    const found = pattern.exec(text);
    if (found) return words.replace('{}', (found[1] ?? '').trim());
  }
  return null;
}

function countsOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
