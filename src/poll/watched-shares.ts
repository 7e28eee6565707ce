import { PatronflowError } from '../core/errors.ts';

/** How many of how many. */
export interface Sample {
  readonly hits: number;
  readonly of: number;
}

/** A share that hardly changes from one day to the next: the last full sample, and the one that is being taken. */
export interface WatchedShare {
  readonly last: Sample | null;
  readonly current: Sample;
}

/**
 * What a poll watches. `known`: of the updated patrons, those at an address that the warehouse knows; a wrong key, an
 * empty table or another one make strangers of them all. `found`: of the addresses that were asked about for the first
 * time, those that a geocoder found.
 */
export type WatchedShares = Readonly<Record<'known' | 'found', WatchedShare>>;

/** What a batch adds to each sample. */
export type BatchShares = Readonly<Record<keyof WatchedShares, Sample>>;

const none: Sample = { hits: 0, of: 0 };
export const noShares: BatchShares = { known: none, found: none };
export const nothingWatched: WatchedShares = {
  known: { last: null, current: none },
  found: { last: null, current: none },
};

/** The least that says something of a share; smaller runs add up. */
const sampleSize = 200;

/** No ordinary day brings a share down to this part of what it was. */
const leastPart = 0.1;

/** Of a share that lets fewer be expected, none at all may be chance: once in twenty thousand samples at ten. */
const leastExpected = 10;

/** What happened to a share in full samples. */
export interface FallenShare {
  readonly name: keyof WatchedShares;
  readonly last: Sample;
  readonly current: Sample;
}

/** Adds a batch to the samples. @returns those with it, and the shares that have fallen */
export function watchBatch(
  shares: WatchedShares,
  batch: BatchShares,
): { readonly shares: WatchedShares; readonly fallen: readonly FallenShare[] } {
  const fallen: FallenShare[] = [];
  const next = (name: keyof WatchedShares): WatchedShare => {
    const { last, current } = shares[name];
    const grown = { hits: current.hits + batch[name].hits, of: current.of + batch[name].of };
    if (grown.of < sampleSize) return { last, current: grown };
    if (last && hasFallen(last, grown)) fallen.push({ name, last, current: grown });
    return { last: grown, current: none };
  };
  return { shares: { known: next('known'), found: next('found') }, fallen };
}

function hasFallen(last: Sample, current: Sample): boolean {
  const expected = (last.hits / last.of) * current.of;
  return expected >= leastExpected && current.hits < expected * leastPart;
}

/** The error that stops a run whose share has fallen. */
export function fallenError({ name, last, current }: FallenShare, warehouse: string): PatronflowError {
  const percent = ({ hits, of }: Sample) => `${((100 * hits) / of).toFixed(1)} %`;
  const figures = `${percent(current)} of ${current.of}, after ${percent(last)} of ${last.of}`;
  const [what, where] = {
    known: [
      `${warehouse} knows hardly any of the updated patrons any more (${figures}).`,
      'Check that the warehouse is the right table and still has its rows.',
    ],
    found: [
      `The geocoders find hardly any address any more (${figures}).`,
      'Check the geocoders: their address, benchmark, vintage or index.',
    ],
  }[name];
  return new PatronflowError('GUARD_STOPPED', `${what} The batch was not sent.`, {
    hint: `${where} If the change is real: patronflow poll --accept-change, once.`,
  });
}
