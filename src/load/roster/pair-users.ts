import type { RosterUser, SentUser } from './roster-user.ts';
import type { SortedUser } from './sort-users.ts';

/** A user of the roster, a user of this run, or both of one primary id. */
export interface Pair {
  readonly before: RosterUser | null;
  readonly now: SentUser | null;
}

/** Goes through a roster and the users of a run, both in the order of primary ids, in one pass. */
export async function* pairUsers(
  before: AsyncIterable<readonly RosterUser[]>,
  now: AsyncIterable<readonly SortedUser[]>,
): AsyncGenerator<readonly Pair[]> {
  const old = new Reading(before);
  const sent = new Reading(now);
  for (;;) {
    if (old.isEmpty) await old.more();
    if (sent.isEmpty) await sent.more();
    const pairs: Pair[] = [];
    while (
      !(old.isEmpty || sent.isEmpty) ||
      (old.hasEnded && !sent.isEmpty) ||
      (sent.hasEnded && !old.isEmpty)
    )
      pairs.push(nextPair(old, sent));
    if (pairs.length > 0) yield pairs;
    if (old.hasEnded && sent.hasEnded && old.isEmpty && sent.isEmpty) return;
  }
}

function nextPair(old: Reading<RosterUser>, sent: Reading<SortedUser>): Pair {
  const [left, right] = [old.first, sent.first];
  if (!right || (left && left.order < right.order)) return { before: old.take(), now: null };
  if (!left || right.order < left.order) return { before: null, now: whole(sent.take(), null) };
  const before = old.take();
  return { before, now: whole(sent.take(), before) };
}

/** The XML of a user who is the same in the roster is taken from there. */
function whole(user: SortedUser | null, before: RosterUser | null): SentUser | null {
  if (!user) return null;
  const xml = user.xml ?? (before?.print === user.print ? before.xml : null);
  if (!xml) throw new Error('a user whose XML is not in the roster');
  return { ...user, xml };
}

/** What is read some at a time, taken one by one. */
class Reading<T> {
  readonly #batches: AsyncIterator<readonly T[]>;
  #batch: readonly T[] = [];
  #next = 0;
  hasEnded = false;

  constructor(batches: AsyncIterable<readonly T[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  get first(): T | null {
    return this.#batch[this.#next] ?? null;
  }

  get isEmpty(): boolean {
    return this.#next >= this.#batch.length;
  }

  take(): T | null {
    const { first } = this;
    this.#next += 1;
    return first;
  }

  /** Reads on, where something is left to read. */
  async more(): Promise<void> {
    while (this.isEmpty && !this.hasEnded) {
      const { value, done } = await this.#batches.next();
      this.hasEnded = done === true;
      this.#batch = done ? [] : value;
      this.#next = 0;
    }
  }
}
