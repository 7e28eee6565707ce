// `npm run bench -- simulation`: 10 million patrons, 64 workers, by the real queue in a real PostgreSQL. Only the work is not real: where
// a worker would hash or ask a geocoder, it waits, eight times shorter than in earnest.
// A process of four workers is killed every now and then; an eighth of the workers is four times slower than the others.
// Prints the time beside the bound: all work divided by the workers alive and their speed, or by the geocoder's limit.
import { fork } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createBullmqQueue } from '../dist/adapters/queues/bullmq.js';
import { startEmbeddedPostgres } from '../dist/demo/embedded-postgres.js';

const speedUp = 8;
/**
 * A minute for a machine to be replaced. The queue's own times are shorter than in earnest by less: 64 workers that look for dead ones
 * so much more often would keep two cores busy with that alone.
 */
const timing = { lockMs: 5000, lookMs: 2000, tries: 5, firstWaitMs: 250, maxDeaths: 5 };
const replacedMs = 60_000 / speedUp;
const patrons = 10_000_000;
const ranges = patrons / 1000;
const processes = 16;
const workersOfProcess = 4;
const deaths = 10;
/** Of a range: 2,000 hashes at bcrypt cost 10 on a machine with four cores, at 20 a second and core. */
const hashingMs = 25_000 / speedUp;
const never = new AbortController().signal;

if (process.argv[2] === 'workers') await work(JSON.parse(process.argv[3]));
else await simulate(process.argv[2]);

/** @param only one of the two, which take ten minutes each */
async function simulate(only) {
  const settings = ['max_connections=600'];
  const postgres = await startEmbeddedPostgres(never, settings);
  try {
    console.log(
      `${patrons} patrons in ${ranges} ranges, ${processes * workersOfProcess} workers, ${deaths} deaths of four workers each\n`,
    );
    console.log('bound by     seconds   bound   over it   ranges sent again   missing');
    // The Census service takes eight requests at a time: of 2 s for a thousand addresses, and of 4 s on a bad day.
    for (const [name, requestMs] of [
      ['hashing', 2000 / speedUp],
      ['geocoder', 4000 / speedUp],
    ].filter(([name]) => !only || name === only)) {
      const { seconds, bound, again, missing } = await backfill(postgres.url, requestMs);
      console.log(
        `${name.padEnd(10)} ${seconds.toFixed(1).padStart(9)} ${bound.toFixed(1).padStart(7)} ${`${((seconds / bound - 1) * 100).toFixed(1)} %`.padStart(9)} ${String(again).padStart(19)} ${String(missing).padStart(9)}`,
      );
    }
  } finally {
    await postgres.stop();
  }
}

async function backfill(url, requestMs) {
  const queue = queueOf(url, 'planner');
  await queue.fill({ version: 'of a simulation' }, ranges, null);
  await queue.close();
  const sent = new Map();
  const crew = new Set();
  const lived = [];
  const start = (number) => {
    const child = fork(fileURLToPath(import.meta.url), [
      'workers',
      JSON.stringify({ url, requestMs, number }),
    ]);
    const member = { child, number, speed: 0, since: 0 };
    crew.add(member);
    child.on('message', ({ ready, range }) => {
      if (ready !== undefined) Object.assign(member, { speed: ready, since: performance.now() });
      else sent.set(range, (sent.get(range) ?? 0) + 1);
    });
    member.ended = new Promise((resolve) => {
      child.on('exit', (code) => {
        if (member.speed > 0) lived.push({ from: member.since, to: performance.now(), speed: member.speed });
        crew.delete(member);
        resolve(code);
      });
    });
    return member;
  };
  for (let number = 0; number < processes; number += 1) start(number);
  // All workers are there: the start of 16 processes on one machine is not what is looked at.
  while ([...crew].some(({ speed }) => speed === 0)) await sleep(50);
  const startedAt = performance.now();
  for (const { child } of crew) child.send('go');
  const expectedMs = (ranges * hashingMs) / (processes * workersOfProcess * 0.9);
  for (let death = 0; death < deaths; death += 1) {
    await sleep((expectedMs / deaths) * 0.8);
    const [victim] = [...crew].filter(({ speed }) => speed > 0).sort(() => Math.random() - 0.5);
    if (!victim) break;
    victim.child.kill('SIGKILL');
    void sleep(replacedMs).then(() => {
      if (crew.size > 0) start(victim.number).child.send('go');
    });
  }
  while (crew.size > 0) await Promise.all([...crew].map(({ ended }) => ended));
  const endedAt = performance.now();
  const capacity = boundOf(lived, startedAt, ranges * hashingMs);
  const throttled = (ranges * requestMs) / 8;
  const again = [...sent.values()].reduce((sum, times) => sum + times - 1, 0);
  return {
    seconds: (endedAt - startedAt) / 1000,
    bound: Math.max(capacity, throttled) / 1000,
    again,
    missing: ranges - sent.size,
  };
}

/** When the workers that lived could have done so much work at best, in milliseconds from the start. */
function boundOf(lived, startedAt, workMs) {
  const points = [...new Set(lived.flatMap(({ from, to }) => [Math.max(from, startedAt), to]))].sort(
    (a, b) => a - b,
  );
  let done = 0;
  for (const [at, from] of points.entries()) {
    const to = points[at + 1];
    if (to === undefined) break;
    const speed = lived.reduce((sum, life) => sum + (life.from <= from && life.to >= to ? life.speed : 0), 0);
    if (done + speed * (to - from) >= workMs) return from + (workMs - done) / speed - startedAt;
    done += speed * (to - from);
  }
  return points.at(-1) - startedAt;
}

function queueOf(url, worker) {
  const given = {
    url: `${url}?sslmode=disable`,
    worker,
    warn: () => {},
    connectTimeoutMs: 30_000,
    callTimeoutMs: 60_000,
  };
  return createBullmqQueue(given, timing);
}

/** Four workers in a process of their own, which may be killed at any time. */
async function work({ url, requestMs, number }) {
  const speeds = Array.from({ length: workersOfProcess }, (_, at) =>
    (number * workersOfProcess + at) % 8 === 0 ? 0.25 : 1,
  );
  process.send({ ready: speeds.reduce((sum, speed) => sum + speed, 0) });
  await new Promise((resolve) => process.once('message', resolve));
  await Promise.all(
    speeds.map((speed, at) => workAt(speed, queueOf(url, `worker ${number}.${at}`), requestMs)),
  );
  process.exit(0);
}

async function workAt(speed, queue, requestMs) {
  const turn = queue.turnsOf('census', { atOnce: 8, perMinute: null });
  // The cores of a machine do one thing after the other; the other range waits for its geocoder meanwhile.
  let cores = Promise.resolve();
  const hash = () => {
    cores = cores.then(() => sleep(hashingMs / speed));
    return cores;
  };
  await queue.work(
    ranges,
    async (range) => {
      await hash();
      await turn(() => sleep(requestMs), never);
      process.send({ range });
      return null;
    },
    never,
  );
  await queue.close();
}
