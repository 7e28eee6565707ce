import { PatronflowError } from '../../core/errors.ts';

/** A service that does not answer; a later run may fare better. */
export function geocoderDown(name: string, what: string): PatronflowError {
  return new PatronflowError('GEOCODER_UNAVAILABLE', `The geocoder ${name} does not answer (${what}).`, {
    hint: 'Run again later: nothing of the batch was sent. `geocoding.on_outage: send` would send it without tracts.',
  });
}

/** A service that refuses every question. */
export function geocoderRefuses(name: string, what: string, hint: string): PatronflowError {
  return new PatronflowError('GEOCODER_REFUSED', `The geocoder ${name} refuses what it is asked (${what}).`, {
    hint,
  });
}

/** A geocoder that does not know where a public address is. */
export function publicAddressNotFound(
  name: string,
  { place, tract, said, hint }: { place: string; tract: string; said: string; hint: string },
): PatronflowError {
  return new PatronflowError(
    'GEOCODER_REFUSED',
    `The geocoder ${name} does not find the tract of a public address (${place} is in ${tract}; it says ${said}).`,
    { hint },
  );
}
