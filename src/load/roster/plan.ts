import { shapeOf } from '../../core/value-shape.ts';
import type { Pair } from './pair-users.ts';
import { identifiersIn, type RosterUser, type SentUser } from './roster-user.ts';
import { changedPaths, valuesByPath } from './user-values.ts';

/** What becomes of a user between two deliveries. */
export type Change = 'new' | 'changed' | 'unchanged' | 'returned' | 'gone' | 'superseded' | 'left out';

/** What a delivery would change for Alma. Counts and shapes, never a value. */
export interface Plan {
  /** Time of the delivery that it is compared with, ISO 8601. */
  readonly since: string;
  readonly counts: Readonly<Record<Change, number>>;
  /** The same by group of the job. */
  readonly groups: Readonly<Record<string, Readonly<Record<Change, number>>>>;
  /** Changed users by element. */
  readonly elements: Readonly<Record<string, number>>;
  /** Users whose user group is another one, by the old and the new code. */
  readonly moves: readonly { readonly from: string; readonly to: string; readonly users: number }[];
  /** Users who lose an identifier, by its type. */
  readonly lostIdentifiers: Readonly<Record<string, number>>;
  /** The rarest kinds of changes, as shapes: `AAA99 -> (empty)`. */
  readonly unusual: readonly {
    readonly element: string;
    readonly from: string;
    readonly to: string;
    readonly users: number;
  }[];
}

/**
 * What became of a user of the roster who is not in the files: `gone`; `superseded`, in them under another primary id; or
 * `left out`, rejected or skipped today, so that nothing is known of them.
 */
export type FateOf = (before: RosterUser) => 'gone' | 'superseded' | 'left out';

/** Kinds of changes that are counted; a feed with more has other problems. */
const maxKinds = 5000;

/** Unusual changes that are shown. */
const shownUnusual = 10;

const none = (): Record<Change, number> => ({
  new: 0,
  changed: 0,
  unchanged: 0,
  returned: 0,
  gone: 0,
  superseded: 0,
  'left out': 0,
});

/** Counts what changes, pair by pair. */
export class PlanTally {
  readonly #since: string;
  readonly #fateOf: FateOf;
  readonly #counts = none();
  readonly #groups = new Map<string, Record<Change, number>>();
  readonly #elements = new Map<string, number>();
  readonly #moves = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #kinds = new Map<string, number>();
  /** Identifiers of people who are gone, to find them under another primary id. */
  readonly #goneIdentifiers = new Map<string, RosterUser>();
  /** Identifiers of users who may be those who are gone. */
  readonly #newIdentifiers: string[] = [];

  constructor(since: string, fateOf: FateOf) {
    this.#since = since;
    this.#fateOf = fateOf;
  }

  /** @returns what becomes of the user; null for one who was gone before */
  add({ before, now }: Pair): Change | null {
    if (now) return this.#addSent(before, now);
    if (!before) return null;
    const fate = this.#fateOf(before);
    if (fate === 'gone')
      for (const identifier of identifiersIn(before.xml.text)) this.#goneIdentifiers.set(identifier, before);
    return before.gone ? null : this.#count(fate, before.group);
  }

  #addSent(before: RosterUser | null, now: SentUser): Change {
    // Files of another program may be written otherwise and say the same.
    const isSame =
      before &&
      (before.print === now.print || (!before.gone && !this.#compare(before.xml.text, now.xml.text)));
    if (!isSame) this.#newIdentifiers.push(...identifiersIn(now.xml.text));
    if (!before) return this.#count('new', now.group);
    if (before.gone) return this.#count('returned', now.group);
    return this.#count(isSame ? 'unchanged' : 'changed', now.group);
  }

  /** The primary ids of those who look gone, and have an identifier of theirs under another primary id now. */
  superseded(): ReadonlySet<string> {
    const found = new Set<RosterUser>();
    for (const identifier of this.#newIdentifiers) {
      const gone = this.#goneIdentifiers.get(identifier);
      if (gone) found.add(gone);
    }
    return new Set([...found].map(({ id }) => id));
  }

  plan(): Plan {
    const superseded = this.superseded();
    const counts = { ...this.#counts };
    const groups = Object.fromEntries([...this.#groups].map(([name, each]) => [name, { ...each }]));
    const gone = new Set([...this.#goneIdentifiers.values()].filter(({ id }) => superseded.has(id)));
    for (const { group, gone: before } of gone) {
      // Who was gone before is in no count of today.
      if (before) continue;
      counts.gone -= 1;
      counts.superseded += 1;
      const own = groups[group];
      if (!own) continue;
      own.gone -= 1;
      own.superseded += 1;
    }
    return {
      since: this.#since,
      counts,
      groups,
      elements: Object.fromEntries([...this.#elements].sort(([, a], [, b]) => b - a)),
      moves: [...this.#moves]
        .map(([move, users]) => ({ ...pairOf(move), users }))
        .sort((a, b) => b.users - a.users),
      lostIdentifiers: Object.fromEntries(this.#lost),
      unusual: this.#unusual(),
    };
  }

  #count(change: Change, group: string): Change {
    this.#counts[change] += 1;
    const own = this.#groups.get(group) ?? none();
    this.#groups.set(group, own);
    own[change] += 1;
    return change;
  }

  /** @returns whether a value is another one */
  #compare(beforeXml: string, nowXml: string): boolean {
    const before = valuesByPath(beforeXml);
    const now = valuesByPath(nowXml);
    const paths = changedPaths(before, now);
    for (const path of paths) {
      addTo(this.#elements, path);
      const [old = '', next = ''] = [before.get(path), now.get(path)];
      if (path === 'user_group') addTo(this.#moves, `${old}\t${next}`);
      const type = /^user_identifiers\/user_identifier\[(.*)\]\/value$/.exec(path)?.[1];
      if (type !== undefined && next === '') addTo(this.#lost, type);
      const kind = `${path}\t${shape(old)}\t${shape(next)}`;
      if (this.#kinds.has(kind) || this.#kinds.size < maxKinds) addTo(this.#kinds, kind);
    }
    return paths.length > 0;
  }

  #unusual(): Plan['unusual'] {
    return [...this.#kinds]
      .sort(([, a], [, b]) => a - b)
      .slice(0, shownUnusual)
      .map(([kind, users]) => {
        const [element = '', from = '', to = ''] = kind.split('\t');
        return { element, from, to, users };
      });
  }
}

const shape = (value: string): string => (value === '' ? '(empty)' : shapeOf(value.split('\n', 1)[0] ?? ''));

function addTo(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function pairOf(move: string): { from: string; to: string } {
  const [from = '', to = ''] = move.split('\t');
  return { from, to };
}
