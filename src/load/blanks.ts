import { withoutInvisible } from './alma/odd-characters.ts';
import { withoutForbidden } from './alma/xml-text.ts';

/** White space as Python's `str.strip` has it, on which the first users of these templates rely: with U+001C-1F and U+0085, without U+FEFF. */
const blanks =
  '[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const blank = new RegExp(blanks, 'u');

/** Takes blanks away from both ends. One look at each, because a pattern for the end takes n² looks at n blanks. */
export function strip(value: string): string {
  if (isPrintable(value.charCodeAt(0)) && isPrintable(value.charCodeAt(value.length - 1))) return value;
  let start = 0;
  let end = value.length;
  while (start < end && blank.test(value.charAt(start))) start += 1;
  while (start < end && blank.test(value.charAt(end - 1))) end -= 1;
  return end - start === value.length ? value : value.slice(start, end);
}

/** ASCII and no blank, as nearly every value begins and ends. */
const isPrintable = (unit: number): boolean => unit > 0x20 && unit < 0x7f;

/** Tells whether a value holds nothing but blanks and what does not show. */
export function isBlank(value: string): boolean {
  if (isPrintable(value.charCodeAt(0))) return false;
  return value !== '' && strip(withoutInvisible(withoutForbidden(value))) === '';
}
