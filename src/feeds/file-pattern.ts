/** Which files a feed may be: `PEOPLE_*.txt`, `PEOPLE_{YYYYMMDD}.txt`. */
export interface FilePattern {
  readonly text: string;
  /** True for the name of a single file. */
  readonly isName: boolean;
  readonly hasDate: boolean;
  matches(name: string): boolean;
  /** The time in the name, as `YYYYMMDDhhmmss` with zeros for what is not there; null where the pattern has none, or it is no date. */
  dateIn(name: string): string | null;
}

const parts = { YYYY: 4, MM: 2, DD: 2, HH: 2, mm: 2, ss: 2 } as const;
const order = ['YYYY', 'MM', 'DD', 'HH', 'mm', 'ss'] as const;
const anyPart = /YYYY|MM|DD|HH|mm|ss/g;

type Part = keyof typeof parts;

/** What one character of a name may be; `run` stands for any number of any. */
type Step = { readonly kind: 'run' | 'any' } | { readonly kind: 'sign'; readonly sign: string } | Digit;

interface Digit {
  readonly kind: 'digit';
  readonly part: Part;
}

/**
 * @param text a name in which `*` stands for any characters, `?` for one, and `{…}` for a date: `{YYYY-MM-DD}`, `{YYYYMMDDHHmmss}`
 * @returns null where what stands in braces is not a whole date
 */
export function parseFilePattern(text: string): FilePattern | null {
  const steps: Step[] = [];
  let hasDate = false;
  for (const [, braces, wildcard, plain = ''] of text.matchAll(/\{([^}]*)\}|([*?])|([^{*?]+|\{)/g)) {
    if (wildcard) steps.push({ kind: wildcard === '*' ? 'run' : 'any' });
    if (braces === undefined) steps.push(...signs(plain));
    else {
      const tokens: readonly string[] = braces.match(anyPart) ?? [];
      const isWhole = ['YYYY', 'MM', 'DD'].every((part) => tokens.includes(part));
      if (hasDate || !isWhole || new Set(tokens).size < tokens.length) return null;
      hasDate = true;
      steps.push(...dateSteps(braces));
    }
  }
  return {
    text,
    isName: !hasDate && steps.every(({ kind }) => kind === 'sign'),
    hasDate,
    matches: (name) => matchIn(steps, name) !== null,
    dateIn: (name) => (hasDate ? dateOf(matchIn(steps, name)) : null),
  };
}

const signs = (text: string): Step[] => [...text].map((sign) => ({ kind: 'sign', sign }));

function dateSteps(text: string): Step[] {
  return text
    .split(/(YYYY|MM|DD|HH|mm|ss)/)
    .flatMap((piece, at) =>
      at % 2 === 0
        ? signs(piece)
        : Array.from({ length: parts[piece as Part] }, (): Digit => ({ kind: 'digit', part: piece as Part })),
    );
}

/**
 * Fits a name to a pattern, from the end on: of several places the date has the last one. When a character does not fit, only the
 * run that was met last takes one more, so that a name which is made to be slow takes no longer than its length times that of the pattern.
 * @returns the digits of each part of the date; null where the name does not fit
 */
function matchIn(steps: readonly Step[], name: string): ReadonlyMap<Part, string> | null {
  const characters = [...name];
  let at = characters.length - 1;
  let step = steps.length - 1;
  let run: { readonly step: number; at: number } | null = null;
  const places: number[] = [];
  while (at >= 0 || step >= 0) {
    const wanted = steps[step];
    if (wanted?.kind === 'run') {
      run = { step, at };
      step -= 1;
    } else if (wanted && at >= 0 && fits(wanted, characters[at] ?? '')) {
      places[step] = at;
      at -= 1;
      step -= 1;
    } else if (run && run.at >= 0) {
      run.at -= 1;
      at = run.at;
      step = run.step - 1;
    } else return null;
  }
  const found = new Map<Part, string>();
  for (const [index, each] of steps.entries())
    if (each.kind === 'digit')
      found.set(each.part, (found.get(each.part) ?? '') + characters[places[index] ?? -1]);
  return found;
}

function fits(step: Step, character: string): boolean {
  if (step.kind === 'sign') return step.sign === character;
  return step.kind === 'any' || /^[0-9]$/.test(character);
}

function dateOf(found: ReadonlyMap<Part, string> | null): string | null {
  if (!found) return null;
  const text = order.map((part) => found.get(part) ?? '0'.repeat(parts[part])).join('');
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? null : text;
}
