import type { PatronflowError } from '../../core/errors.ts';
import { Backoff } from '../../core/retry.ts';
import type { GeocodingAddress, GeocodingOutcome } from '../../poll/ports.ts';
import type { ServiceFailure } from './address-service.ts';
import type { CensusRow } from './census-batch.ts';
import type { CensusReply } from './census-request.ts';
import { geocoderDown, geocoderRefuses } from './geocoder-errors.ts';
import { askedAgainIn, type GeocodingWatch } from './geocoding-watch.ts';

/** Tries of a request before what is left of it is split or given up: over more than a minute. */
const tries = 6;

/** Pieces that a request is split into when something in it seems to break the service. */
const pieces = 4;

/** Addresses that may break the service one by one; with more of them, and more than one in a hundred, it is not they. */
const fewRefused = 10;

/** A service that has not answered any request for this long is down, even if it still takes requests. */
const patienceMs = 600_000;

/** Statuses that a retry does not change. A part of the rows may be to blame for them. */
const finalStatuses: readonly number[] = [301, 302, 303, 307, 308, 400, 401, 404, 405, 413, 414, 415, 422];

/** What a lookup needs of the geocoder. */
export interface CensusLookupOptions {
  readonly name: string;
  ask(rows: readonly CensusRow[], signal: AbortSignal): Promise<CensusReply>;
  /** Whether the service finds a public address. */
  works(signal: AbortSignal): Promise<boolean>;
  /** When any request of the geocoder had its last answer. */
  lastAnswerAt(): number;
  readonly watch: GeocodingWatch;
  readonly signal: AbortSignal;
  /** Wait after a first failure. */
  readonly firstWaitMs: number;
}

/**
 * The lookup of some addresses: asks again for what stays without an answer, and splits a request that fails, so
 * that one address that breaks the service costs no other its tract.
 */
export class CensusLookup {
  readonly #rows: readonly CensusRow[];
  readonly #options: CensusLookupOptions;
  readonly #outcomes: GeocodingOutcome[];
  #outage: PatronflowError | null = null;
  /** Addresses that the service fails on although nothing else is asked with them. */
  #isolated = 0;

  constructor(addresses: readonly GeocodingAddress[], options: CensusLookupOptions) {
    this.#rows = addresses.map((address, id) => ({ id, address }));
    this.#outcomes = addresses.map(() => ({ status: 'error', geoid: null }));
    this.#options = options;
  }

  async run(
    rowsPerRequest: number,
  ): Promise<{ outcomes: readonly GeocodingOutcome[]; outage: PatronflowError | null }> {
    await Promise.all(chunksOf(this.#rows, rowsPerRequest).map((rows) => this.#resolve(rows, tries)));
    return { outcomes: this.#outcomes, outage: this.#outage };
  }

  async #resolve(rows: readonly CensusRow[], attempts: number): Promise<void> {
    if (this.#outage) return;
    const { name, works, lastAnswerAt, watch, signal } = this.#options;
    const startedAt = Date.now();
    const { open, why } = await this.#askAll(rows, attempts);
    if (open.length === 0) return;
    watch.failed(why, 'checking with a public address whether it works at all');
    const isServing = lastAnswerAt() > startedAt || (await works(signal));
    if (!isServing) this.#outage ??= unavailable(name, why);
    else if (open.length === 1) this.#isolate();
    else {
      watch.failed(why, 'sending the rest in smaller requests');
      const size = Math.ceil(open.length / pieces);
      // One after the other: when it is not the rows, that shows after a few.
      for (const piece of chunksOf(open, size)) await this.#resolve(piece, piece.length > 1 ? 1 : 2);
    }
  }

  #isolate(): void {
    this.#isolated += 1;
    const all = this.#rows.length;
    if (this.#isolated > Math.max(fewRefused, all / 100))
      this.#outage ??= unavailable(this.#options.name, `it fails on ${this.#isolated} of ${all} addresses`);
  }

  /** Asks until all is answered, or no further try is worth it. @returns what is left, and why */
  async #askAll(
    rows: readonly CensusRow[],
    attempts: number,
  ): Promise<{ open: readonly CensusRow[]; why: string }> {
    const { ask, watch, signal, firstWaitMs, lastAnswerAt } = this.#options;
    const backoff = new Backoff({ attempts, firstDelayMs: firstWaitMs, giveUpMs: patienceMs });
    let open = rows;
    let why = 'rows of it stay without an answer';
    while (open.length > 0) {
      const reply = await ask(open, signal);
      if (reply.kind === 'answer') {
        for (const [id, outcome] of reply.outcomes) this.#outcomes[id] = outcome;
        open = open.filter(({ id }) => !reply.outcomes.has(id));
        watch.answered(reply.outcomes.size);
        // Some of it came, so the rest is asked for at once, and gets all its tries.
        backoff.reset();
        continue;
      }
      why = reply.what;
      if (isFinal(reply)) break;
      const onRetry = (_: number, waitMs: number) => watch.failed(reply.what, askedAgainIn(waitMs));
      const next = { signal, atLeastMs: reply.waitMs, lastGoodAt: lastAnswerAt(), onRetry };
      if (!(await backoff.again(next))) break;
    }
    return { open, why };
  }
}

function isFinal({ status }: ServiceFailure): boolean {
  return status !== null && finalStatuses.includes(status);
}

/** The error for a service that gives no answer, or refuses to. */
export function unavailable(name: string, what: string): PatronflowError {
  const isRefusal = finalStatuses.some((status) => what === `HTTP ${status}`);
  return isRefusal
    ? geocoderRefuses(
        name,
        what,
        'Check its address, benchmark, vintage and key; benchmark and vintage must belong together.',
      )
    : geocoderDown(name, what);
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
