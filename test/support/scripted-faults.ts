/** Which of the calls that a fault concerns it strikes: from the first one on and without end, when not told. */
export interface When {
  readonly after?: number;
  readonly times?: number;
}

interface Rule<Fault, Call> {
  readonly fault: Fault;
  readonly concerns: (call: Call) => boolean;
  skip: number;
  left: number;
}

/** The faults that a test has scripted; a call takes the first one that concerns it and is due. */
export class ScriptedFaults<Fault, Call> {
  #rules: Rule<Fault, Call>[] = [];

  add(
    fault: Fault,
    { after = 0, times = Number.POSITIVE_INFINITY }: When = {},
    concerns: (call: Call) => boolean = () => true,
  ): void {
    this.#rules.push({ fault, concerns, skip: after, left: times });
  }

  take(call: Call): Fault | null {
    for (const rule of this.#rules) {
      if (!rule.concerns(call)) continue;
      if (rule.skip > 0) rule.skip -= 1;
      else if (rule.left > 0) {
        rule.left -= 1;
        return rule.fault;
      }
    }
    return null;
  }

  clear(): void {
    this.#rules = [];
  }
}
