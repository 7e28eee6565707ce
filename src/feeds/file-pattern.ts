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

/**
 * @param text a name in which `*` stands for any characters, `?` for one, and `{…}` for a date: `{YYYY-MM-DD}`, `{YYYYMMDDHHmmss}`
 * @returns null where what stands in braces is not a whole date
 */
export function parseFilePattern(text: string): FilePattern | null {
  const found: string[] = [];
  let source = '';
  for (const [, braces, wildcard, plain] of text.matchAll(/\{([^}]*)\}|([*?])|([^{*?]+|\{)/g)) {
    if (braces !== undefined) {
      const tokens: readonly string[] = braces.match(anyPart) ?? [];
      if (!['YYYY', 'MM', 'DD'].every((part) => tokens.includes(part)) || found.length > 0) return null;
      found.push(...tokens);
      source += escaped(braces).replace(anyPart, (part) => `(\\d{${parts[part as keyof typeof parts]}})`);
    } else source += wildcard === undefined ? escaped(plain ?? '') : wildcard === '*' ? '.*' : '.';
  }
  const pattern = new RegExp(`^${source}$`, 'su');
  return {
    text,
    isName: !/[*?]/.test(text) && found.length === 0,
    hasDate: found.length > 0,
    matches: (name) => pattern.test(name),
    dateIn: (name) => dateOf(pattern.exec(name)?.slice(1) ?? [], found),
  };
}

function dateOf(values: readonly string[], tokens: readonly string[]): string | null {
  if (tokens.length === 0 || values.length < tokens.length) return null;
  const text = order.map((part) => values[tokens.indexOf(part)] ?? '0'.repeat(parts[part])).join('');
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? null : text;
}

function escaped(text: string): string {
  return text.replace(/[.+^$()|[\]\\{}]/g, '\\$&');
}
