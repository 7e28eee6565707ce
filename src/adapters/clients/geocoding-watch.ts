import type { GeocoderSettings } from '../../poll/ports.ts';

/** How often it is looked whether there is something to tell. */
const lookEveryMs = 5000;

/** Trouble that is over sooner is none: a service refuses a request now and then. */
const firstWarningMs = 10_000;

/** Between two warnings, and the silence that is worth one. */
const warnEveryMs = 30_000;

/** Between two lines on how far a batch is, when all goes well. */
const tellEveryMs = 60_000;

/** Failures that others follow within this time are one trouble. */
const calmMs = 30_000;

interface Trouble {
  readonly since: number;
  lastAt: number;
  failures: number;
  what: string;
  next: string;
  isTold: boolean;
}

/**
 * Tells, while addresses are asked about, how far that is, and what fails, since when and what happens next. A person
 * who looks on must not have to guess whether a run still works.
 */
export class GeocodingWatch {
  readonly #name: string;
  readonly #log: GeocoderSettings['log'];
  #calls = 0;
  #asked = 0;
  #answered = 0;
  #lastAnswerAt = 0;
  #lastToldAt = 0;
  #trouble: Trouble | null = null;

  /** @param name of the geocoder, as it may be shown */
  constructor(name: string, log: GeocoderSettings['log']) {
    this.#name = name;
    this.#log = log;
  }

  /** Watches a call for so many addresses; several may be under way. */
  async during<T>(addresses: number, work: () => Promise<T>): Promise<T> {
    if (this.#calls === 0) this.#begin();
    this.#calls += 1;
    this.#asked += addresses;
    const timer = setInterval(() => this.#look(), lookEveryMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      this.#calls -= 1;
    }
  }

  answered(addresses: number): void {
    const now = Date.now();
    this.#answered += addresses;
    this.#lastAnswerAt = now;
    if (this.#trouble && now - this.#trouble.lastAt >= calmMs) this.#recover(now);
  }

  /**
   * @param what failed, in words that may be shown
   * @param next what happens now, as the end of a sentence
   */
  failed(what: string, next: string): void {
    const now = Date.now();
    this.#trouble ??= { since: now, lastAt: now, failures: 0, what, next, isTold: false };
    this.#trouble.lastAt = now;
    this.#trouble.failures += 1;
    this.#trouble.what = what;
    this.#trouble.next = next;
  }

  #begin(): void {
    const now = Date.now();
    this.#asked = 0;
    this.#answered = 0;
    this.#lastAnswerAt = now;
    this.#lastToldAt = now;
    if (this.#trouble && now - this.#trouble.lastAt >= calmMs) this.#trouble = null;
  }

  #look(): void {
    const now = Date.now();
    const sinceTold = now - this.#lastToldAt;
    if (this.#trouble) {
      const { since, lastAt, isTold } = this.#trouble;
      // Answers have followed the last failure, and no other one has.
      if (this.#lastAnswerAt > lastAt && now - lastAt >= firstWarningMs) return;
      if (isTold ? sinceTold >= warnEveryMs : now - since >= firstWarningMs) this.#warnOf(this.#trouble, now);
    } else if (now - this.#lastAnswerAt >= warnEveryMs && sinceTold >= warnEveryMs) {
      this.#lastToldAt = now;
      this.#log.warn(
        `The geocoder ${this.#name} has not answered since ${timeOf(this.#lastAnswerAt)}. ${this.#progress()} Still waiting.`,
      );
    } else if (sinceTold >= tellEveryMs) {
      this.#lastToldAt = now;
      this.#log.info(`The geocoder ${this.#name} is at work. ${this.#progress()}`);
    }
  }

  #warnOf(trouble: Trouble, now: number): void {
    const { since, failures, what, next } = trouble;
    trouble.isTold = true;
    this.#lastToldAt = now;
    const times = failures === 1 ? 'once' : `${failures} times`;
    this.#log.warn(
      `The geocoder ${this.#name} fails: ${what}, ${times} since ${timeOf(since)}. ${this.#progress()} Next: ${next}.`,
    );
  }

  #recover(now: number): void {
    const { since, isTold } = this.#trouble as Trouble;
    this.#trouble = null;
    if (!isTold) return;
    this.#lastToldAt = now;
    this.#log.info(
      `The geocoder ${this.#name} has recovered after ${Math.round((now - since) / 1000)} s. ${this.#progress()}`,
    );
  }

  #progress(): string {
    return `${this.#answered} of ${this.#asked} addresses done.`;
  }
}

/** `05:12:03 UTC` */
function timeOf(time: number): string {
  return `${new Date(time).toISOString().slice(11, 19)} UTC`;
}

/** What happens after a failure that is followed by another call. */
export function askedAgainIn(waitMs: number): string {
  return `retrying in ${Math.max(1, Math.round(waitMs / 1000))} s`;
}
