import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/demo/random.ts';
import { type Ended, type ProcessOptions, pointsOf } from '../support/command-process.ts';
import { folderBench, s3Bench, sftpBench } from '../support/objects-benches.ts';
import { startPollerBench } from '../support/poller.ts';
import { startS3Server } from '../support/s3-server.ts';
import { makeLoadWorld } from './load-world.ts';
import { makePollWorld } from './poll-world.ts';
import { pick, type Random, type World } from './world.ts';

const number = (name: string, otherwise: number) => Number(process.env[name] || otherwise);
const kills = number('CHAOS_KILLS', 300);
const seed = number('CHAOS_SEED', Math.floor(Math.random() * 1_000_000));
/** The first kill: a run that found something is repeated from there, alone. */
const first = number('CHAOS_FROM', 1);

/** Shares of the kills that strike at a time instead of a point, in a run with a fault, and the healing run too. */
const shares = { atATime: 0.4, withFault: 0.5, again: 0.3 };

/** What a run with a fault waits for passes as much faster. */
const clockSpeed = 20;

interface Undisturbed {
  /** By kind, such as `objects.publish after`: most points of a run are steps through its rows. */
  readonly points: ReadonlyMap<string, readonly string[]>;
  readonly milliseconds: number;
}

interface Tally {
  runs: number;
  killed: number;
  repeated: number;
  readonly struck: Map<string, number>;
}

it(`survives ${kills} deaths`, async () => {
  console.log(`Seed ${seed}: ${kills} kills from number ${first} on.`);
  const s3 = await startS3Server();
  const worlds = await Promise.all([
    folderBench().then((bench) => makeLoadWorld(bench)),
    s3Bench(s3).then((bench) => makeLoadWorld(bench, s3)),
    sftpBench().then((bench) => makeLoadWorld(bench)),
    startPollerBench().then(makePollWorld),
  ]);
  const tallies = new Map(
    worlds.map(({ name }) => [name, { runs: 0, killed: 0, repeated: 0, struck: new Map() }]),
  );
  try {
    const undisturbed = new Map<World, Undisturbed>();
    for (const world of worlds) undisturbed.set(world, await measure(world));
    for (let kill = first; kill < first + kills; kill += 1) {
      // Each kill has numbers of its own, so that it can be repeated without those before it.
      const random = createRandom(seed * 1_000_003 + kill);
      const world = pick(random, [...worlds, worlds[3] as World]);
      await strike(
        world,
        undisturbed.get(world) as Undisturbed,
        random,
        tallies.get(world.name) as Tally,
        kill,
      );
      if (kill % 25 === 0) console.log(`${kill} …`);
    }
  } finally {
    print(tallies);
    for (const world of worlds) await world.stop();
  }
});

/** One run that dies, perhaps its successor too, and one that heals. */
async function strike(
  world: World,
  undisturbed: Undisturbed,
  random: Random,
  tally: Tally,
  kill: number,
): Promise<void> {
  const story = [world.name];
  await world.begin();
  for (let deaths = 0; deaths === 0 || (deaths === 1 && random() < shares.again); deaths += 1) {
    const fault = random() < shares.withFault ? pick(random, ['', ...Object.keys(world.faults)]) : '';
    world.faults[fault]?.(random);
    const death = deathOf(random, undisturbed);
    story.push(`${JSON.stringify(death)}${fault && ` while ${fault}`}`);
    const ended = await world.run({ ...death, ...(fault && { clockSpeed }) });
    enter(ended, death, fault, tally);
    report(await world.look(ended), story, kill);
  }
  const { wrong, repeated } = await world.heal();
  tally.repeated += repeated;
  report(wrong, story, kill);
}

/** `objects.publish after` of `objects.publish#2 after`. */
const kindOf = (point: string) => point.replace(/#\d+/, '');

function deathOf(random: Random, { points, milliseconds }: Undisturbed): Partial<ProcessOptions> {
  if (random() < shares.atATime) return { killAfterMs: Math.round(random() * milliseconds) };
  return { killAt: pick(random, pick(random, [...points.values()])) };
}

async function measure(world: World): Promise<Undisturbed> {
  await world.begin();
  const start = performance.now();
  const reached = await pointsOf((more) => world.run(more));
  const milliseconds = performance.now() - start;
  const points = new Map<string, string[]>();
  for (const point of reached) points.set(kindOf(point), [...(points.get(kindOf(point)) ?? []), point]);
  expect(await world.heal()).toMatchObject({ wrong: [] });
  return { points, milliseconds };
}

function enter({ code }: Ended, { killAt }: Partial<ProcessOptions>, fault: string, tally: Tally): void {
  tally.runs += 1;
  const where = code === null ? (killAt ? kindOf(killAt) : 'at a time') : 'came to an end before';
  if (code === null) tally.killed += 1;
  for (const what of [where, ...(fault ? [`while ${fault}`] : [])])
    tally.struck.set(what, (tally.struck.get(what) ?? 0) + 1);
}

function report(wrong: readonly string[], story: readonly string[], kill: number): void {
  if (wrong.length === 0) return;
  const again = `CHAOS_SEED=${seed} CHAOS_FROM=${kill} CHAOS_KILLS=1 npm run test:chaos`;
  throw new Error(
    `Kill ${kill} of seed ${seed}, ${story.join(', then ')}: ${wrong.join('; ')}. Again: ${again}`,
  );
}

function print(tallies: ReadonlyMap<string, Tally>): void {
  for (const [name, { runs, killed, repeated, struck }] of tallies) {
    const twice = name === 'poll' ? `, ${repeated} records came twice` : '';
    console.log(`\n${name}: ${runs} runs, ${killed} killed${twice}`);
    const byCount = [...struck].sort(([, a], [, b]) => b - a);
    for (const [where, count] of byCount) console.log(`  ${String(count).padStart(4)}  ${where}`);
  }
}
