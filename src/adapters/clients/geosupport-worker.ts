import { parentPort, workerData } from 'node:worker_threads';
import type { GeocodingOutcome } from '../../poll/ports.ts';
import { callGeosupport, type GeoCall } from './geosupport-call.ts';
import type { NewYorkAddress } from './new-york-address.ts';

export interface GeosupportWorkerData {
  readonly library: string;
  readonly geofiles: string;
}

export interface ToGeosupport {
  readonly id: number;
  readonly addresses: readonly NewYorkAddress[];
}

export type FromGeosupport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly reason: 'no_koffi' | 'no_library' }
  | { readonly kind: 'answer'; readonly id: number; readonly outcomes: readonly GeocodingOutcome[] };

/** The one thread that calls Geosupport. No document says that two threads may call the library. */
const tell = (message: FromGeosupport) => parentPort?.postMessage(message);

const geo = await load(workerData as GeosupportWorkerData);
if (geo) {
  parentPort?.on('message', ({ id, addresses }: ToGeosupport) => {
    tell({ kind: 'answer', id, outcomes: addresses.map((address) => callGeosupport(geo, address)) });
  });
  tell({ kind: 'ready' });
}

async function load({ library, geofiles }: GeosupportWorkerData): Promise<GeoCall | null> {
  const koffi = await import('koffi').then(
    (module) => module.default,
    () => null,
  );
  if (!koffi) {
    tell({ kind: 'unusable', reason: 'no_koffi' });
    return null;
  }
  try {
    // The library reads the process's own environment, of which a thread sees only a copy.
    const setenv = koffi.load(null).func('int setenv(const char *name, const char *value, int overwrite)');
    setenv('GEOFILES', geofiles.endsWith('/') ? geofiles : `${geofiles}/`, 1);
    return koffi.load(library).func('void geo(_Inout_ char *wa1, _Inout_ char *wa2)') as unknown as GeoCall;
  } catch {
    tell({ kind: 'unusable', reason: 'no_library' });
    return null;
  }
}
