import { appendFileSync } from 'node:fs';

/** Where every point that is reached is written down, a line each. */
const pointsFile = process.env.TEST_POINTS_FILE;
/** The point at which the process is killed, and the one at which the adapter throws what no adapter should. */
const { TEST_KILL_AT: killAt, TEST_THROW_AT: throwAt, TEST_THROW_MESSAGE: message } = process.env;

const calls = new Map();

/** A point is the moment before or after a call: `objects.publish#2 after`. */
function reach(point) {
  if (pointsFile) appendFileSync(pointsFile, `${point}\n`);
  if (point === killAt) process.kill(process.pid, 'SIGKILL');
  if (point === throwAt) throw new Error(message);
}

/** The same descriptor, whose adapters have points. */
export function describedAs(port, descriptor) {
  return {
    ...descriptor,
    create: (...given) => {
      const adapter = descriptor.create(...given);
      return adapter && watched(port, adapter);
    },
  };
}

/** The same adapter, with points around the calls of its methods and of what these return. */
export function watched(port, adapter) {
  const entries = Object.entries(adapter).map(([name, value]) =>
    typeof value === 'function' ? [name, watchedMethod(port, name, value.bind(adapter))] : [name, value],
  );
  return Object.fromEntries(entries);
}

function watchedMethod(port, name, method) {
  return (...given) => {
    const call = numbered(`${port}.${name}`);
    reach(`${call} before`);
    const result = method(...given);
    if (typeof result?.[Symbol.asyncIterator] === 'function') return watchedSteps(port, name, result);
    if (typeof result?.then !== 'function') return result;
    return result.then(
      (value) => {
        reach(`${call} after`);
        // A staged file has methods of its own, which belong to the port.
        return hasMethods(value) ? watched(port, value) : value;
      },
      (error) => {
        reach(`${call} after`);
        throw error;
      },
    );
  };
}

async function* watchedSteps(port, name, items) {
  const iterator = items[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const step = numbered(`${port}.${name}.next`);
      reach(`${step} before`);
      const { done, value } = await iterator.next();
      isDone = done;
      reach(`${step} after`);
      if (done) return;
      yield value;
    }
  } finally {
    if (!isDone) await iterator.return?.();
  }
}

function hasMethods(value) {
  const isPlain =
    value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && Object.values(value).some((each) => typeof each === 'function');
}

function numbered(method) {
  const number = (calls.get(method) ?? 0) + 1;
  calls.set(method, number);
  return `${method}#${number}`;
}
