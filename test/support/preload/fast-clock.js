// Lets time pass faster for a process, so that a test can wait for a time-out of minutes: its timers and Date.now() run
// TEST_CLOCK_SPEED times as fast. The rest of the world does not, so servers seem that much slower.
import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';

const speed = Number(process.env.TEST_CLOCK_SPEED);

const { setTimeout: later, setInterval: every } = timers;
const hastened =
  (timer) =>
  (work, ms, ...rest) =>
    timer(work, (ms ?? 0) / speed, ...rest);
const soon = promises.setTimeout;
promises.setTimeout = (ms, ...rest) => soon((ms ?? 0) / speed, ...rest);
timers.setTimeout = Object.assign(hastened(later), { [promisify.custom]: promises.setTimeout });
timers.setInterval = hastened(every);
Object.assign(globalThis, { setTimeout: timers.setTimeout, setInterval: timers.setInterval });

/** Sockets and streams count their silence by clocks of their own. */
function hasten(silent) {
  const { setTimeout } = silent;
  silent.setTimeout = function hastened(ms, ...rest) {
    return setTimeout.call(this, ms / speed, ...rest);
  };
  return silent;
}
hasten(Socket.prototype);
const { connect } = http2;
http2.connect = (...given) => {
  const session = hasten(connect(...given));
  const { request } = session;
  session.request = (...asked) => hasten(request.apply(session, asked));
  return session;
};
syncBuiltinESMExports();

const now = Date.now;
const start = now();
Date.now = () => Math.round(start + (now() - start) * speed);
