import type { GeocodingOutcome } from '../../poll/ports.ts';
import { failure, type ServiceFailure } from './address-service.ts';
import type { Borough } from './new-york-address.ts';
import { readReturnCode, tractOutcome } from './new-york-answer.ts';

/** What an answer comes to, and the one name that Geosupport has in place of one that it does not know. */
export interface GeoclientAnswer {
  readonly outcome: GeocodingOutcome;
  readonly suggestion: string | null;
}

export type GeoclientReply = { readonly kind: 'answer'; readonly answer: GeoclientAnswer } | ServiceFailure;

/** Reads an answer of version 2. What is none, or is not about the address, counts as a failure. */
export function readGeoclientAnswer(text: string): GeoclientReply {
  const fields = fieldsOf(text);
  if (!fields) return failure('an answer that cannot be read');
  const code = readReturnCode((fields.geosupportReturnCode ?? fields.returnCode1e ?? '').trim());
  if (code.kind === 'broken') return failure(code.detail);
  if (code.kind === 'found') return answered(foundOutcome(fields, code.detail));
  const isOne = code.kind === 'alike' && Number(fields.numberOfStreetCodesAndNamesInList) === 1;
  return answered(code.outcome, (isOne && fields.streetName1?.trim()) || null);
}

function answered(outcome: GeocodingOutcome, suggestion: string | null = null): GeoclientReply {
  return { kind: 'answer', answer: { outcome, suggestion } };
}

/** What GeoClient says of an address; all of it text. */
type Fields = Readonly<Record<string, string | undefined>>;

function fieldsOf(text: string): Fields | null {
  try {
    const { address } = JSON.parse(text);
    if (typeof address !== 'object' || address === null) return null;
    return Object.fromEntries(
      Object.entries<string>(address).filter(([, value]) => typeof value === 'string'),
    );
  } catch {
    return null;
  }
}

function foundOutcome(fields: Fields, detail: string): GeocodingOutcome {
  // Marble Hill is the Bronx to the post office, and Manhattan to the tax lots and the census.
  const codes = [fields.bblBoroughCode, fields.boroughCode1In];
  const borough = codes.find((each): each is Borough => /^[1-5]$/.test(each ?? ''));
  // `censusTrack2020` is how older releases spell it.
  return tractOutcome(borough ?? null, fields.censusTract2020 ?? fields.censusTrack2020 ?? '', detail);
}
