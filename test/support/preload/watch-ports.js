// Lets a test look into a run of the built command from outside, call by call of its ports, and end it there:
//
//     node --import ./watch-ports.js dist/bin.cjs load …
//
// The command knows nothing of it. Hooks of the module loader could do the same, but take as long as the command's start.
import { appendFileSync } from 'node:fs';
import { watchAdapters } from './watched-port.js';

/** Where every point that is reached is written down, a line each. */
const pointsFile = process.env.TEST_POINTS_FILE;
/** The point at which the process is killed, and the one at which the adapter throws what no adapter should. */
const { TEST_KILL_AT: killAt, TEST_THROW_AT: throwAt, TEST_THROW_MESSAGE: message } = process.env;
/** The point behind which an error is thrown that no code waits for. */
const { TEST_CRASH_AT: crashAt, TEST_CRASH_MESSAGE: crash } = process.env;

const adapters = new URL('../../../dist/adapters/', import.meta.url);
await watchAdapters(
  adapters,
  (port) => import(new URL(`${port}/index.js`, adapters).href),
  (point) => {
    if (pointsFile) appendFileSync(pointsFile, `${point}\n`);
    if (point === killAt) process.kill(process.pid, 'SIGKILL');
    if (point === throwAt) throw new Error(message);
    if (point === crashAt)
      setImmediate(() => {
        throw new Error(crash);
      });
  },
);
