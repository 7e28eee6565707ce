/** Asks a person on a terminal. */
export interface Terminal {
  write(text: string): unknown;
  /** The next line that the person enters; null when there is no more. */
  readLine(): Promise<string | null>;
}

/** Something to choose, and what speaks for it. */
export interface Choice {
  readonly name: string;
  readonly why: string;
}

/** A decision, and whether a person made it. */
export interface Decision {
  readonly question: string;
  readonly answer: string;
  readonly isAsked: boolean;
}

/** Lets a person decide, or takes the first choice where there is no terminal. Notes each decision. */
export class Questions {
  readonly decisions: Decision[] = [];
  readonly #terminal: Terminal | null;

  constructor(terminal: Terminal | null) {
    this.#terminal = terminal;
  }

  /** Whether a person answers. */
  get areAsked(): boolean {
    return this.#terminal !== null;
  }

  /**
   * @param choices the likeliest first
   * @param others names that may be entered besides
   * @returns the name of one; '' where there is none to choose
   */
  async choose(
    question: string,
    choices: readonly Choice[],
    others: readonly string[] = [],
  ): Promise<string> {
    const [first] = choices;
    if (!first) return '';
    const answer = this.#terminal ? await this.#asked(this.#terminal, question, choices, others) : first.name;
    this.decisions.push({ question, answer, isAsked: this.#terminal !== null });
    return answer;
  }

  async #asked(
    terminal: Terminal,
    question: string,
    choices: readonly Choice[],
    others: readonly string[],
  ): Promise<string> {
    terminal.write(`\n${question}\n`);
    for (const [at, { name, why }] of choices.entries())
      terminal.write(`  ${at + 1}  ${name}${why && `  (${why})`}\n`);
    for (;;) {
      terminal.write(`A number${others.length > 0 ? ', or the name of another column' : ''} [1]: `);
      const line = (await terminal.readLine())?.trim() ?? '';
      if (line === '') return choices[0]?.name ?? '';
      const chosen = choices[Number(line) - 1]?.name;
      const named = [...choices.map(({ name }) => name), ...others].find(
        (name) => name.toLowerCase() === line.toLowerCase(),
      );
      if (chosen ?? named) return chosen ?? named ?? '';
      terminal.write('Not one of the choices. Enter a number from the list.\n');
    }
  }
}
