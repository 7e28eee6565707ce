import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    nightly?: boolean;
  }
}

/**
 * Whether this is the run at night, which goes through every case of a matrix. `npm test` keeps those that stand for
 * a kind: a call of a port, before or after it, that leaves something else behind than the ones beside it.
 */
export const isNightly = inject('nightly') === true;

/** Cases that only the run at night goes through, beside those that stand for their kind. */
export function atNight<T>(...cases: readonly T[]): readonly T[] {
  return isNightly ? cases : [];
}
