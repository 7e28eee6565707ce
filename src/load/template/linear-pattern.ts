import { RE2JS } from 're2js';

/** A regular expression that must match a whole value. */
export interface WholePattern {
  test(value: string): boolean;
}

/** Tells whether a whole value fits a pattern. @throws Error as `compilePattern` does */
export function compileWholePattern(source: string): WholePattern {
  const compiled = compilePattern(source);
  return { test: (value) => compiled.testExact(value) };
}

/** White space as JavaScript's `\s` has it; the engine's own is ASCII's. */
const blanks =
  '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
/** All else: between brackets `\S` cannot be written as what is not in a class. */
const others =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const lineEnds = '\\n\\r\\x{2028}\\x{2029}';

/**
 * Compiles a pattern of a template, in JavaScript's syntax with its flag `u`. The engine is RE2's: its time grows in line
 * with the value, where JavaScript's own may never end on one odd value.
 *
 * @throws Error that says what is wrong, to be read behind the pattern
 */
export function compilePattern(source: string): RE2JS {
  try {
    // By itself: `a)|(b` is no expression, and becomes one in brackets.
    new RegExp(source, 'u');
  } catch {
    throw new Error('is not a regular expression');
  }
  const lacking = whatLacks(source);
  if (lacking) throw new Error(`has ${lacking}, which is not supported: one value could hang the run`);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(asRe2(source)));
  } catch (error) {
    const said = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : '';
    throw new Error(`is not a regular expression that is supported: ${said}`);
  }
}

/** A character that is escaped, brackets, and what else means something apart from them. */
const tokens = /\\(?:k<|[\s\S])|[[\].]|\(\?(?:<?[=!])?/gu;

/** What JavaScript has and no linear-time engine can; null for nothing. */
function whatLacks(source: string): string | null {
  let isInClass = false;
  for (const [token] of source.matchAll(tokens)) {
    if (token === '[') isInClass = true;
    else if (token === ']') isInClass = false;
    else if (!isInClass && /^\\(k<|[1-9])/.test(token)) return 'a backreference';
    else if (!isInClass && /^\(\?<?[=!]/.test(token)) return 'a lookahead or lookbehind';
  }
  return null;
}

/** The classes that RE2 reads otherwise than JavaScript, written out. */
function asRe2(source: string): string {
  let isInClass = false;
  return source.replace(tokens, (token) => {
    if (token === '[') isInClass = true;
    else if (token === ']') isInClass = false;
    else if (token === '\\s') return isInClass ? blanks : `[${blanks}]`;
    else if (token === '\\S') return isInClass ? others : `[^${blanks}]`;
    else if (token === '.' && !isInClass) return `[^${lineEnds}]`;
    return token;
  });
}
