import { safeText } from '../../core/safe-text.ts';
import type { AlmaCounter } from '../ports.ts';

export const counterKinds = ['processed', 'created', 'updated', 'unchanged', 'rejected'] as const;
export type CounterKind = (typeof counterKinds)[number];

/** What Alma counted; null where it is not known which counter says so. */
export type Counts = Readonly<Record<CounterKind, number | null>>;

export interface ReadCounters {
  readonly counts: Counts;
  /** Counters that were not taken for one of ours, as they are. */
  readonly others: readonly { readonly label: string; readonly value: number }[];
}

/** Words of labels and of codes. Labels come in the language of the institution; the configuration then names the codes. */
const words: Readonly<Record<CounterKind, RegExp>> = {
  unchanged: /unchanged|not ?changed|no ?change/i,
  rejected: /reject/i,
  created: /creat|added/i,
  updated: /updat/i,
  processed: /process/i,
};

/** These count packages of users, files or parts of users. */
const notUsers = /record|file|package|bulk|identifier|address|note|statistic/i;

/** Finds what became of the users among the counters of a job. Two that fit one kind equally well are none. */
export function readCounters(
  counters: readonly AlmaCounter[],
  codes: Readonly<Partial<Record<CounterKind, string | undefined>>>,
): ReadCounters {
  const known = new Map<CounterKind, AlmaCounter>();
  for (const kind of counterKinds) {
    const found = codes[kind] === undefined ? byWords(counters, kind) : byCode(counters, codes[kind]);
    if (found) known.set(kind, found);
  }
  const taken = new Set(known.values());
  const countOf = (kind: CounterKind) => known.get(kind)?.value ?? null;
  return {
    counts: {
      processed: countOf('processed'),
      created: countOf('created'),
      updated: countOf('updated'),
      unchanged: countOf('unchanged'),
      rejected: countOf('rejected'),
    },
    others: counters
      .filter((each) => !taken.has(each))
      .map(({ label, code, value }) => ({ label: safeText(label || code), value })),
  };
}

function byCode(counters: readonly AlmaCounter[], code: string): AlmaCounter | undefined {
  return counters.find((each) => each.code === code);
}

function byWords(counters: readonly AlmaCounter[], kind: CounterKind): AlmaCounter | undefined {
  const fitting = counters.filter(({ label, code }) => {
    const text = `${label} ${code}`;
    return kindOf(text) === kind && !notUsers.test(label || code);
  });
  const ofUsers = fitting.filter(({ label, code }) => /user/i.test(`${label} ${code}`));
  const [first, second] = ofUsers.length > 0 ? ofUsers : fitting;
  return second ? undefined : first;
}

/** `unchanged` before `changed` and `processed` last: "processed and rejected" is of the rejected. */
function kindOf(text: string): CounterKind | undefined {
  return (Object.keys(words) as CounterKind[]).find((kind) => words[kind].test(text));
}

/** What Alma accounts for: created, updated, unchanged and rejected together; null where one of them is not known. */
export function accountedFor({ created, updated, unchanged, rejected }: Counts): number | null {
  if (created === null || updated === null || unchanged === null || rejected === null) return null;
  return created + updated + unchanged + rejected;
}
