import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { allModes, type Change, type Sent, type Step, World } from '../support/poll-world.ts';

const change: fc.Arbitrary<Change> = fc.record({
  who: fc.nat({ max: 11 }),
  kind: fc.constantFrom('touch', 'touch', 'touch', 'delete', 'delete, dated back'),
  slot: fc.nat({ max: 4 }),
  isOdd: fc.boolean(),
});
const fault = fc.record({
  at: fc.constantFrom('page', 'hash', 'send', 'sent', 'save', 'stop'),
  call: fc.integer({ min: 1, max: 6 }),
});
const stepWith = (more: { [Key in keyof Step]?: fc.Arbitrary<Step[Key]> }): fc.Arbitrary<Step> =>
  fc.record({
    changes: fc.array(change, { maxLength: 14 }),
    midway: fc.option(change),
    midwayPage: fc.integer({ min: 1, max: 5 }),
    pageSize: fc.integer({ min: 1, max: 4 }),
    maxPatrons: fc.constant(Infinity),
    modes: fc.constant(allModes),
    isDry: fc.constant(false),
    fault: fc.constant(null),
    ...more,
  }) as fc.Arbitrary<Step>;

async function play(steps: readonly Step[]): Promise<World> {
  const world = new World();
  for (const step of steps) await world.step(step);
  await world.finish(steps.at(-1) as Step);
  return world;
}

/** Each patron's last record is what Sierra has of the patron. */
function expectAllSent({ sierra, sent }: World): void {
  for (const { id, pcode3, deletedOn } of sierra.patrons.values()) {
    const last = sent.findLast(({ info }) => info.patron_id === `#${id}`)?.info;
    expect(last).toMatchObject(
      deletedOn === null ? { pcode3, deletion_date_et: null } : { deletion_date_et: deletedOn },
    );
  }
}

/** No record was sent again that was saved as sent, but for changes too fresh for the window, and deletions that were dated back. */
function expectSentOnce(world: World): void {
  const seen = new Map<string, Sent>();
  const known = new Map<string, PatronInfo>();
  for (const each of world.sent) {
    const { patron_id, pcode3, deletion_date_et } = each.info;
    const key = deletion_date_et === null ? `${patron_id} ${pcode3}` : `${patron_id} deleted`;
    const first = seen.get(key);
    const isAgain = first && !first.isInFlight && !world.datedBack.has(patron_id.slice(1));
    if (isAgain)
      expect(deletion_date_et === null && world.timeOf(first.info) >= first.before, key).toBe(true);
    seen.set(key, each);
    if (deletion_date_et !== null) {
      const before = known.get(patron_id) ?? { ...emptyPatronInfo, patron_id };
      const createdAt = world.sierra.patrons.get(patron_id.slice(1))?.createdAt;
      const creation_date_et = before.creation_date_et ?? createdAt?.slice(0, 10) ?? null;
      const expected = { ...before, creation_date_et, deletion_date_et };
      if (!world.datedBack.has(patron_id.slice(1))) expect(each.info).toEqual(expected);
      // `new` may be the one that meets it, and sends what Sierra still has beside what is known.
      else expect(each.info).toMatchObject(withoutNulls(expected));
    }
    known.set(patron_id, each.info);
  }
}

function withoutNulls(info: PatronInfo): Partial<PatronInfo> {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== null));
}

const sample = { numRuns: 80 };

describe('runs one after the other', () => {
  it('send every change, and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepWith({}), { minLength: 1, maxLength: 4 }), async (steps) => {
        const world = await play(steps);
        expectAllSent(world);
        expectSentOnce(world);
        expect(world.sent.filter(({ isInFlight }) => isInFlight)).toEqual([]);
      }),
      sample,
    );
  });

  it('send every change however often they die, and repeat only what was in flight', async () => {
    const steps = fc.array(
      stepWith({
        fault: fc.option(fault, { freq: 4 }),
        isDry: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = await play(all);
        expectAllSent(world);
        expectSentOnce(world);
      }),
      sample,
    );
  });

  it('send every change also when they end early, die, or look at some patrons only', async () => {
    const steps = fc.array(
      stepWith({
        fault: fc.option(fault),
        maxPatrons: fc.integer({ min: 1, max: 6 }),
        modes: fc.subarray([...allModes], { minLength: 1 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => expectAllSent(await play(all))),
      sample,
    );
  });
});
