import type { GeocodingOutcome } from '../../poll/ports.ts';
import { type AddressService, failure, type ServiceFailure } from './address-service.ts';
import { batchFile, type CensusRow, readAnswer } from './census-batch.ts';

/** How the Census Bureau's batch geocoder is asked. */
export interface CensusQuestion {
  readonly benchmark: string;
  readonly vintage: string;
  readonly key?: string | undefined;
  /** The service takes 10,000; with 1,000 it answers soonest, and a failure costs less. */
  readonly rowsPerRequest: number;
  /** For a full request; smaller ones get less, but never below a fifth. */
  readonly timeoutMs: number;
}

export type CensusReply =
  | { readonly kind: 'answer'; readonly outcomes: ReadonlyMap<number, GeocodingOutcome> }
  | ServiceFailure;

/** Asks the batch service once. An answer counts only row by row; one without any row is a failure. */
export async function askCensus(
  service: AddressService,
  { benchmark, vintage, key, timeoutMs, rowsPerRequest }: CensusQuestion,
  rows: readonly CensusRow[],
  signal: AbortSignal,
): Promise<CensusReply> {
  const form = new FormData();
  // Without a file name the service takes it for no file.
  form.set('addressFile', new File([batchFile(rows)], 'input_addresses.csv', { type: 'text/csv' }));
  const encoded = new Response(form);
  const reply = await service.ask({
    method: 'POST',
    parameters: { benchmark, vintage, key },
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
    body: Buffer.from(await encoded.arrayBuffer()),
    timeoutMs: Math.max(timeoutMs / 5, (timeoutMs * rows.length) / rowsPerRequest),
    signal,
  });
  if (reply.kind === 'failure') return reply;
  const text = decode(reply.bytes);
  if (text.trim() === '') return failure('an empty answer');
  if (text.trimStart().startsWith('<')) return failure('a page in place of data');
  const outcomes = readAnswer(text, rows);
  return outcomes.size > 0 ? { kind: 'answer', outcomes } : failure('an answer that cannot be read');
}

/** The service answers in UTF-8 or, at times, in ISO 8859-1. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
