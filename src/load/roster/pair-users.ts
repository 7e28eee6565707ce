import { orderOf, type RosterUser, type SentUser } from './roster-user.ts';

/** A user of the roster, a user of this run, or both of one primary id. */
export interface Pair {
  readonly before: RosterUser | null;
  readonly now: SentUser | null;
}

/** Goes through a roster and the users of a run, both in the order of primary ids, in one pass. */
export async function* pairUsers(
  before: AsyncIterable<RosterUser>,
  now: AsyncIterable<SentUser>,
): AsyncGenerator<Pair> {
  const old = before[Symbol.asyncIterator]();
  const sent = now[Symbol.asyncIterator]();
  let [a, b] = [await old.next(), await sent.next()];
  while (!a.done || !b.done) {
    const left = a.done ? null : (a.value as RosterUser);
    const right = b.done ? null : (b.value as SentUser);
    const order = left && right ? compare(orderOf(left.id), orderOf(right.id)) : left ? -1 : 1;
    yield { before: order <= 0 ? left : null, now: order >= 0 ? right : null };
    if (order <= 0) a = await old.next();
    if (order >= 0) b = await sent.next();
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
