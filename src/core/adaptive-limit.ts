/**
 * Lets so many calls run at a time as a service bears: one more after a clean round, half as many after a failure
 * (additive increase, multiplicative decrease; Chiu and Jain 1989). Calls that fail together count as one failure.
 */
export class AdaptiveLimit {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #width: number;
  #running = 0;
  #clean = 0;
  /** Counts halvings, so that a call knows whether there was one while it ran. */
  #halvings = 0;

  constructor({ first, max }: { first: number; max: number }) {
    this.#width = Math.min(first, max);
    this.#max = max;
  }

  get width(): number {
    return this.#width;
  }

  /** @param isGood tells of the result whether the service bore the call */
  async run<T>(work: () => Promise<T>, isGood: (result: T) => boolean): Promise<T> {
    while (this.#running >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    const halvings = this.#halvings;
    let good = false;
    try {
      const result = await work();
      good = isGood(result);
      return result;
    } finally {
      this.#running -= 1;
      if (good) this.#succeeded();
      else if (halvings === this.#halvings) this.#failed();
      for (const next of this.#waiting.splice(0, this.#width - this.#running)) next();
    }
  }

  #succeeded(): void {
    this.#clean += 1;
    if (this.#clean < this.#width) return;
    this.#clean = 0;
    this.#width = Math.min(this.#max, this.#width + 1);
  }

  #failed(): void {
    this.#halvings += 1;
    this.#clean = 0;
    this.#width = Math.max(1, Math.floor(this.#width / 2));
  }
}
