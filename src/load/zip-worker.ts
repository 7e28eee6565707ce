import { parentPort, workerData } from 'node:worker_threads';
import { stackOf, toPatronflowError } from '../core/errors.ts';
import { ZipWriter } from './write-zip.ts';
import type { FromZipWorker, ToZipWorker, ZipWorkerData } from './zip-thread.ts';

/** The other end of ZipThread: writes what it is sent, in order, and says how far it is. */
const { now, ...options } = workerData as ZipWorkerData;
const writer = new ZipWriter({ ...options, now: new Date(now) });
const tell = (message: FromZipWorker) => parentPort?.postMessage(message);
let work = Promise.resolve();

parentPort?.on('message', (message: ToZipWorker) => {
  work = work
    .then(async () => {
      if (message.kind === 'write') {
        await writer.write(message.xml, message.users);
        tell({ kind: 'written' });
      } else {
        tell({ kind: 'finished', archives: await writer.finish() });
      }
    })
    .catch((thrown) => {
      const error = toPatronflowError(thrown);
      tell({
        kind: 'failed',
        code: error.code,
        message: error.message,
        hint: error.hint,
        stack: stackOf(error),
      });
    });
});
