import { isDeepStrictEqual } from 'node:util';
import { comparePositions } from '../../src/poll/cursor.ts';
import { parseState } from '../../src/poll/state.ts';
import type { Ran } from './command.ts';
import type { Ended, ProcessOptions } from './command-process.ts';
import { makePoller, type Poller, type PollerBench } from './poller.ts';
import { putPatrons } from './sierra.ts';

/** Patrons of one batch. */
export const batchSize = 10;

const newOnes = 40;
const patrons = 60;

const args = ['--now', '2026-02-01T12:00:00Z'];
const batches = {
  ACTIVE_PATRON_BATCH_SIZE: String(batchSize),
  DELETED_PATRON_BATCH_SIZE: String(batchSize),
};
const beginning = {
  creation_dt: '2020-01-01T00:00:00-05:00',
  update_dt: '2020-01-01T00:00:00-05:00',
  deletion_date: '2020-01-01',
};

export interface Comparison {
  /** Patrons of whom nothing has arrived. */
  readonly missing: number;
  /** Records that came again. */
  readonly repeated: number;
  /** Records that no undisturbed poll sends, and states that went back. */
  readonly wrong: readonly string[];
}

/** A poll that sends the same sixty patrons again and again, beside what of them has to arrive. */
export interface Polls {
  readonly poller: Poller;
  /** All variables of a poll. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the state back to before any patron was sent, and forgets what arrived. */
  startOver(): Promise<void>;
  poll(more?: readonly string[]): Promise<Ran>;
  /** The same as a process of its own, which may be killed. */
  pollApart(more?: readonly string[], options?: Partial<ProcessOptions>): Promise<Ended>;
  /** How many records have arrived since it started over. */
  arrived(): number;
  /** Looks at everything that has arrived, and at each state that was saved, since it started over. */
  compareAll(): Comparison;
  close(): Promise<void>;
}

/** @param more variables that go over the preset's environment */
export async function makePolls(bench: PollerBench, more: Record<string, string> = {}): Promise<Polls> {
  const poller = await makePoller(bench);
  const environment = { ...batches, ...more };
  // Forty new ones, of whom all are updated too, ten old ones that are updated, and ten that are deleted.
  await putPatrons(
    poller.database,
    Array.from({ length: patrons }, (_, index) => {
      const id = index + 1;
      if (index < newOnes) return { id, created: '2026-01-05 12:00:00+00' };
      if (index < newOnes + 10) return { id, created: '2010-01-01', updated: '2026-01-06 12:00:00+00' };
      return { id, created: '2010-01-01', deleted: '2026-01-10', isDropped: true };
    }),
  );
  let records: Record<string, unknown>[] = [];
  const arrived = () => {
    records.push(...poller.records());
    return records;
  };
  const startOver = async () => {
    await poller.putState(beginning);
    bench.s3.calls.length = 0;
    arrived();
    records = [];
  };
  const poll = (more: readonly string[] = []) => poller.poll([...args, ...more], environment);

  await startOver();
  const undisturbed = await poll();
  const expected = new Map(arrived().map((record) => [record.patron_id, record]));
  if (undisturbed.code !== 0 || records.length !== patrons || expected.size !== patrons)
    throw new Error(`An undisturbed poll sent ${records.length} records: ${undisturbed.stdout}`);
  await startOver();

  const savedStates = () =>
    bench.s3.calls
      .filter(({ operation, path }) => operation === 'PutObject' && path.includes(poller.stateKey))
      .filter(({ path }) => !path.includes('.lease'))
      .map(({ body }) => parseState(JSON.parse(body.toString()), 'the bucket', 'America/New_York'));
  return {
    poller,
    environment: { ...poller.environment, ...environment },
    startOver,
    poll,
    pollApart: (more = [], options = {}) => poller.start([...args, ...more], environment, options).ended,
    arrived: () => arrived().length,
    compareAll() {
      const wrong = arrived()
        .filter((record) => !isDeepStrictEqual(record, expected.get(record.patron_id)))
        .map(() => 'a record is not what it should be');
      const came = new Set(records.map(({ patron_id }) => patron_id)).size;
      const states = savedStates();
      for (const [index, state] of states.entries()) {
        const last = states[index - 1] ?? state;
        for (const mode of ['new', 'updated', 'deleted'] as const)
          if (comparePositions(last[mode], state[mode]) > 0) wrong.push(`the state of ${mode} went back`);
      }
      return { missing: patrons - came, repeated: records.length - came, wrong };
    },
    close: () => poller.close(),
  };
}
