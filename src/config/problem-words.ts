import type { z } from 'zod';
import { safeText } from '../core/safe-text.ts';

/** What is wrong with a setting, in words, as the end of a sentence that begins with its key. */
export function problemText(issue: z.core.$ZodIssue, isShown: boolean): string {
  const given = isShown ? givenText(issue.input) : '';
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined || issue.input === null
        ? 'missing'
        : `must be ${kinds[issue.expected] ?? issue.expected}${given}`;
    case 'invalid_value':
      return issue.input === undefined
        ? `missing; must be ${listed(issue.values)}`
        : isOwn(issue)
          ? issue.message + given
          : `must be ${listed(issue.values)}${given}`;
    case 'too_small':
      return isOwn(issue) ? issue.message : sizeText(issue, 'at least', issue.minimum, given);
    case 'too_big':
      return isOwn(issue) ? issue.message : sizeText(issue, 'at most', issue.maximum, given);
    case 'invalid_format':
      return issue.format === 'url' && !isOwn(issue)
        ? `must be a URL such as https://host${given}`
        : issue.message;
    case 'invalid_union':
      return `must be one of the forms listed in docs/configuration.md${given}`;
    default:
      return issue.message;
  }
}

/** Tells whether a message is one that a schema of ours brings. */
function isOwn({ message }: z.core.$ZodIssue): boolean {
  return !/^(Invalid|Too)\b/.test(message);
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: '`key: value` lines',
  record: '`key: value` lines',
};

/** What a thing is measured in. */
const units: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

function sizeText(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  bound: string,
  limit: number | bigint,
  given: string,
): string {
  const unit = units[issue.origin];
  return unit
    ? `must have ${bound} ${limit} ${unit}${limit === 1 ? '' : 's'}`
    : `must be ${bound} ${limit}${given}`;
}

/** `"a", "b" or "c"` */
function listed(values: readonly z.core.util.Primitive[]): string {
  const texts = values.map((value) => `"${String(value)}"`);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

/** Longer texts are no value that was meant, but may be anything. */
const longestGiven = 40;

/** `, not "maybe"` */
function givenText(value: unknown): string {
  if (Array.isArray(value)) return ', not a list';
  if (typeof value === 'object' && value !== null) return ', not `key: value` lines';
  if (typeof value === 'string')
    return value.length > longestGiven ? ', not the given string' : `, not "${safeText(value)}"`;
  return typeof value === 'number' || typeof value === 'boolean' ? `, not ${value}` : '';
}
