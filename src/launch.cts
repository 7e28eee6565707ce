/**
 * What has to be settled before the first ES module is read, hence in CommonJS; then the process edge takes over.
 */
const { availableParallelism } = require('node:os');
const process = require('node:process');
const { setFlagsFromString } = require('node:v8');

// Node makes its pool of threads with its first module, and bcrypt is to have one for every core. Four are Node's own.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));

// On a large machine V8 lets garbage pile up to several times what is alive before it looks at it: a third of a run's
// memory, for no measurable gain. `npm run bench` shows both.
setFlagsFromString('--heap-growing-percent=20');

/** @param args put before those of the command line */
module.exports = (args: readonly string[]) =>
  import('./cli/start.ts').then(({ start }) => start(process, args));
