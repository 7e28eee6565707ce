import type { TractOrigin } from './batch.ts';
import { asWritten, oneLine } from './clean-address.ts';
import type { BatchContext } from './job.ts';
import type { GeocodingOutcome, PatronRow } from './ports.ts';
import type { Sample } from './watched-shares.ts';

/** A patron whose tract is wanted, and what the warehouse knows of the same address. */
export interface TractQuestion {
  readonly row: PatronRow;
  /** The tract that the warehouse has for this very address hash; null where it has none. */
  readonly knownTract: string | null;
  /** Whether a geocoder was asked about this address before: what it did not find then, it will hardly find now. */
  readonly isKnown: boolean;
  /** Whether the hash covers all of the address: where it does not, the end may have changed and the tract with it. */
  readonly isWhole: boolean;
}

/** The tract of a patron, and where it comes from. */
export interface Traced extends GeocodingOutcome {
  readonly origin: TractOrigin;
}

/**
 * Finds the tract of each patron. The tract of a known address is kept; any other address is geocoded, and so is a
 * known one without a tract.
 * @throws PatronflowError of the geocoder when it was down and such patrons must not go out without a tract
 */
export async function findTracts(
  questions: readonly TractQuestion[],
  { job, ports, signal }: BatchContext,
): Promise<Traced[]> {
  const addresses = questions.map((question) => addressToAsk(question));
  const asked = addresses.filter((address) => address !== null);
  const { outcomes, outage } = await ports.cascade.geocode(asked, signal);
  if (outage && job.onOutage === 'stop') throw outage;
  let next = 0;
  return questions.map(({ knownTract, isWhole }, index): Traced => {
    if (addresses[index] === null) {
      return knownTract !== null && isWhole
        ? { status: 'match', geoid: knownTract, origin: 'known' }
        : { status: 'no_match', geoid: null, origin: 'no_address' };
    }
    const outcome = outcomes[next++] ?? { status: 'error', geoid: null };
    // That a geocoder is down says nothing of an address, and takes no tract away.
    if (outcome.status === 'error' && knownTract !== null)
      return { status: 'match', geoid: knownTract, origin: 'known' };
    return { ...outcome, origin: outcome.status };
  });
}

/** @returns null where the tract is known, or there is no address */
function addressToAsk({ row, knownTract, isWhole }: TractQuestion) {
  if (knownTract !== null && isWhole) return null;
  const address = asWritten(row.address);
  return oneLine(address) === '' ? null : address;
}

/** How many of the addresses that were asked about for the first time were found; a geocoder that is down says nothing. */
export function shareFound(questions: readonly TractQuestion[], traced: readonly Traced[]): Sample {
  const answered = traced.filter(
    ({ origin }, index) => !questions[index]?.isKnown && /^(match|no_match|tie)$/.test(origin),
  );
  return { hits: answered.filter(({ origin }) => origin === 'match').length, of: answered.length };
}

export function countOrigins(traced: readonly Traced[]): Record<TractOrigin, number> {
  const counts = { known: 0, no_address: 0, match: 0, no_match: 0, tie: 0, error: 0 };
  for (const { origin } of traced) counts[origin] += 1;
  return counts;
}
