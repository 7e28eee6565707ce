import { readdirSync } from 'node:fs';

/**
 * Puts points around the calls of all adapters that are made from now on: `objects.publish#2 after` is the moment after
 * the second call of `publish` of a store.
 * @param adapters the folder with a folder for each port
 * @param indexOf imports the index of a port
 * @param reach called at each point
 * @returns a function that ends it
 */
export async function watchAdapters(adapters, indexOf, reach) {
  const watched = watcher(reach);
  const made = [];
  for (const port of readdirSync(adapters)) {
    // What several adapters share is no port.
    if (port === 'clients') continue;
    for (const descriptor of Object.values(await indexOf(port)).flatMap(descriptorsIn)) {
      const { create } = descriptor;
      made.push([descriptor, create]);
      descriptor.create = (...given) => {
        const adapter = create(...given);
        return adapter && watched(port, adapter);
      };
    }
  }
  return () => {
    for (const [descriptor, create] of made) descriptor.create = create;
  };
}

/** Of a registry, a list, or the one adapter of a port. */
function descriptorsIn(listed) {
  return listed.descriptors ?? [listed].flat();
}

function watcher(reach) {
  const calls = new Map();
  const numbered = (method) => {
    const number = (calls.get(method) ?? 0) + 1;
    calls.set(method, number);
    return `${method}#${number}`;
  };

  /** The same adapter, with points around the calls of its methods and of what these return. */
  const watched = (port, adapter) => {
    const entries = Object.entries(adapter).map(([name, value]) =>
      typeof value === 'function' ? [name, watchedMethod(port, name, value.bind(adapter))] : [name, value],
    );
    return Object.fromEntries(entries);
  };

  const watchedMethod =
    (port, name, method) =>
    (...given) => {
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

  return watched;
}

function hasMethods(value) {
  const isPlain =
    value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && Object.values(value).some((each) => typeof each === 'function');
}
