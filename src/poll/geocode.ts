import { LRUCache } from 'lru-cache';
import type { PatronflowError } from '../core/errors.ts';
import { cleanAddress, oneLine } from './clean-address.ts';
import type {
  Geocoder,
  GeocodingAddress,
  GeocodingAnswer,
  GeocodingOutcome,
  GeocodingStatus,
} from './ports.ts';

export type AddressForm = 'as_written' | 'cleaned';

/** One geocoder of the cascade, and the forms of an address that it is asked with, in order. */
export interface ConfiguredGeocoder {
  readonly geocoder: Geocoder;
  readonly forms: readonly AddressForm[];
}

/** What one attempt of the cascade came to, in addresses. */
export interface AttemptCounts extends Record<GeocodingStatus, number> {
  readonly geocoder: string;
  readonly form: AddressForm;
  asked: number;
  /** How outcomes came about, by what the geocoder says of them. */
  readonly details: Record<string, number>;
}

/** Addresses remembered: some 8 MB, and those of four batches. A family is entered within minutes. */
const remembered = 20_000;

interface Asked {
  readonly answer: Promise<GeocodingAnswer>;
  readonly index: number;
}

/**
 * Asks one geocoder after the other, each only for what the ones before found nothing for, and each address of a
 * run once, however many patrons live there.
 */
export class GeocodingCascade {
  readonly #geocoders: readonly ConfiguredGeocoder[];
  readonly #asked = new LRUCache<string, Asked>({ max: remembered });
  readonly #attempts: AttemptCounts[];

  constructor(geocoders: readonly ConfiguredGeocoder[]) {
    this.#geocoders = geocoders;
    this.#attempts = geocoders.flatMap(({ geocoder, forms }) =>
      forms.map((form) => ({
        // Some know only after their first answer what they answer from.
        get geocoder() {
          return geocoder.name;
        },
        form,
        asked: 0,
        match: 0,
        no_match: 0,
        tie: 0,
        error: 0,
        details: {},
      })),
    );
  }

  /** In order. */
  get geocoders(): readonly Geocoder[] {
    return this.#geocoders.map(({ geocoder }) => geocoder);
  }

  /** By geocoder and form, in order. */
  get attempts(): readonly Readonly<AttemptCounts>[] {
    return this.#attempts;
  }

  /**
   * @param addresses none of them empty
   * @returns one outcome for each; an address that two geocoders disagree about keeps the graver status, since one
   *   that could not be asked about is not one that was not found
   */
  async geocode(addresses: readonly GeocodingAddress[], signal: AbortSignal): Promise<GeocodingAnswer> {
    const fresh: GeocodingAddress[] = [];
    const answer = Promise.resolve().then(() => this.#askAll(fresh, signal));
    // The code below that waits for it gets its failure.
    answer.catch(() => {});
    const mine = new Map<string, Asked>();
    const keys = addresses.map(keyOf);
    // Held here, because the memory may let go of an address before its answer has come.
    const wanted = keys.map((key, position) => {
      const known = mine.get(key) ?? this.#asked.get(key);
      if (known) return known;
      const asked = { answer, index: fresh.push(addresses[position] as GeocodingAddress) - 1 };
      mine.set(key, asked);
      this.#asked.set(key, asked);
      return asked;
    });
    const outcomes: GeocodingOutcome[] = [];
    let outage: PatronflowError | null = null;
    try {
      for (const [position, { answer: asked, index }] of wanted.entries()) {
        const found = await asked;
        const outcome = found.outcomes[index] ?? notFound;
        outcomes.push(outcome);
        if (outcome.status !== 'error') continue;
        outage ??= found.outage;
        this.#asked.delete(keys[position] as string);
      }
    } catch (error) {
      for (const key of keys) this.#asked.delete(key);
      throw error;
    }
    return { outcomes, outage };
  }

  async #askAll(addresses: readonly GeocodingAddress[], signal: AbortSignal): Promise<GeocodingAnswer> {
    const outcomes: GeocodingOutcome[] = addresses.map(() => notFound);
    let outage: PatronflowError | null = null;
    let attempt = 0;
    for (const { geocoder, forms } of this.#geocoders) {
      const tried = new Set<string>();
      for (const form of forms) {
        const counts = this.#attempts[attempt++] as AttemptCounts;
        const open = addresses.flatMap((address, index) => {
          if (outcomes[index]?.status === 'match') return [];
          const asked = form === 'cleaned' ? cleanAddress(address) : address;
          // What cleaning left as it was, or empty, is not worth a second question.
          const question = `${index} ${keyOf(asked)}`;
          if (oneLine(asked) === '' || tried.has(question)) return [];
          tried.add(question);
          return [{ index, asked }];
        });
        if (open.length === 0) continue;
        const answer = await geocoder.geocode(
          open.map(({ asked }) => asked),
          signal,
        );
        outage ??= answer.outage;
        for (const [position, { index }] of open.entries()) {
          const found = answer.outcomes[position] ?? notFound;
          counts.asked += 1;
          counts[found.status] += 1;
          if (found.detail) counts.details[found.detail] = (counts.details[found.detail] ?? 0) + 1;
          outcomes[index] = graver(outcomes[index] ?? notFound, found);
        }
      }
    }
    return { outcomes, outage };
  }
}

/** An address as it is compared: field by field, since the same line in other fields may find a match. */
function keyOf({ street, city, region, postalCode }: GeocodingAddress): string {
  return JSON.stringify([street, city, region, postalCode]);
}

const notFound: GeocodingOutcome = { status: 'no_match', geoid: null };

const gravity: Readonly<Record<GeocodingStatus, number>> = { no_match: 0, tie: 1, error: 2, match: 3 };

function graver(a: GeocodingOutcome, b: GeocodingOutcome): GeocodingOutcome {
  return gravity[b.status] > gravity[a.status] ? b : a;
}
