import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { untilAborted } from '../../core/abort.ts';
import { PatronflowError } from '../../core/errors.ts';
import type { Geocoder, GeocodingOutcome } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { publicAddressNotFound } from '../clients/geocoder-errors.ts';
import type { FromGeosupport, GeosupportWorkerData, ToGeosupport } from '../clients/geosupport-worker.ts';
import { type NewYorkAddress, newYorkAddress } from '../clients/new-york-address.ts';
import { cityCensus, publicAddress, publicPlace, publicTract } from '../clients/new-york-answer.ts';

export interface GeosupportOptions {
  /** Name or path of libgeo.so. */
  readonly library: string;
  /** The folder of its data. */
  readonly geofiles: string;
}

/** The worker as it is built: the sources lie as deep as what is built from them, so this holds for both. */
const workerFile = new URL('../../../dist/adapters/clients/geosupport-worker.js', import.meta.url);

/** Addresses between two looks at the signal; a call takes well under a millisecond. */
const addressesAtATime = 200;

const outside: GeocodingOutcome = {
  status: 'no_match',
  geoid: null,
  detail: 'not an address in New York City',
};

export const geosupportGeocoder = geocoderAdapter({
  system: 'geosupport',
  options: z.strictObject({
    via: z
      .literal('geosupport')
      .describe(
        "New York City's Geosupport on this machine, for addresses in the city. Sends no address to another machine.",
      ),
    geofiles: z
      .string()
      .describe("The folder of Geosupport's data, as in its GEOFILES; with `none` the geocoder is left out."),
    library: z
      .string()
      .default('libgeo.so')
      .describe('Its library, where LD_LIBRARY_PATH has it, or a path.'),
  }),
  sendsTo: () => null,
  create: (_given, { library, geofiles }) =>
    geofiles === 'none' ? null : createGeosupportGeocoder({ library, geofiles }),
});

/** New York City's Geosupport for Linux, called in this process: no address leaves it. */
export function createGeosupportGeocoder({ library, geofiles }: GeosupportOptions): Geocoder {
  let thread: Promise<GeosupportThread> | null = null;
  const geosupport = () => {
    thread ??= GeosupportThread.start({ library, geofiles });
    return thread;
  };
  return {
    name: 'geosupport',

    async check() {
      await stat(geofiles).catch((cause) => {
        throw new PatronflowError('GEOCODER_REFUSED', `There is no folder ${geofiles}.`, {
          hint: "Name the folder with Geosupport's data as `geofiles`, usually `…/fls`.",
          cause,
        });
      });
      const [outcome] = await (await geosupport()).ask([publicAddress]);
      if (outcome?.geoid === publicTract) return 'finds a public address';
      const said = outcome?.geoid ?? outcome?.detail ?? 'no answer';
      const hint = 'Check that `geofiles` is the folder of the same release as the library.';
      throw publicAddressNotFound('geosupport', { place: publicPlace, tract: publicTract, said, hint });
    },

    async census() {
      return cityCensus;
    },

    async geocode(addresses, signal) {
      const outcomes = addresses.map(() => outside);
      const asked = addresses.flatMap((address, index) => {
        const read = newYorkAddress(address);
        return read ? [{ index, read }] : [];
      });
      for (let start = 0; start < asked.length; start += addressesAtATime) {
        const some = asked.slice(start, start + addressesAtATime);
        const started = await untilAborted(signal, geosupport());
        const answers = await untilAborted(signal, started.ask(some.map(({ read }) => read)));
        for (const [position, { index }] of some.entries()) outcomes[index] = answers[position] ?? outside;
      }
      const broken = outcomes.find(({ status }) => status === 'error');
      return { outcomes, outage: broken ? failing(broken.detail ?? '') : null };
    },

    async close() {
      const started = await thread?.catch(() => null);
      thread = null;
      await started?.stop();
    },
  };
}

function failing(detail: string): PatronflowError {
  return new PatronflowError('GEOCODER_UNAVAILABLE', `Geosupport failed (${detail}).`, {
    hint: 'Check its data files (`geofiles`) and that they are of the same release as the library.',
  });
}

class GeosupportThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (outcomes: readonly GeocodingOutcome[]) => void; reject: (error: unknown) => void }
  >();
  #asked = 0;
  #isOver = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromGeosupport) => {
      if (message.kind !== 'answer') return;
      this.#waiting.get(message.id)?.resolve(message.outcomes);
      this.#waiting.delete(message.id);
    });
    worker.on('exit', () => {
      this.#isOver = true;
      for (const { reject } of this.#waiting.values()) reject(failing('its thread ended'));
      this.#waiting.clear();
    });
  }

  /** @throws PatronflowError GEOCODER_REFUSED when the library cannot be loaded */
  static start(workerData: GeosupportWorkerData): Promise<GeosupportThread> {
    const worker = new Worker(workerFile, { workerData });
    return new Promise((resolve, reject) => {
      worker.once('message', (message: FromGeosupport) => {
        if (message.kind === 'unusable') reject(unusable(message.reason, workerData.library));
        else resolve(new GeosupportThread(worker));
      });
      worker.once('error', reject);
      // A library that ends its thread before it says anything.
      worker.once('exit', () => reject(failing('its thread ended')));
    });
  }

  ask(addresses: readonly NewYorkAddress[]): Promise<readonly GeocodingOutcome[]> {
    // The thread would not answer.
    if (this.#isOver) return Promise.reject(failing('its thread ended'));
    const question: ToGeosupport = { id: ++this.#asked, addresses };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#worker.postMessage(question);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

function unusable(reason: 'no_koffi' | 'no_library', library: string): PatronflowError {
  return reason === 'no_koffi'
    ? new PatronflowError(
        'GEOCODER_REFUSED',
        'The package koffi, which calls Geosupport, is not installed.',
        {
          hint: 'Install it beside patronflow: npm install koffi',
        },
      )
    : new PatronflowError(
        'GEOCODER_REFUSED',
        `The library ${library} cannot be loaded, or is not Geosupport.`,
        {
          hint: 'Set LD_LIBRARY_PATH to the folder with libgeo.so, for Linux on x86-64, before patronflow starts, or name its path.',
        },
      );
}
