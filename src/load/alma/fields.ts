import { isBlank, strip } from '../blanks.ts';
import type { FieldRule } from './rules.ts';
import { isOfType, lengthOf } from './values.ts';

/** No value of a person is longer, also where Alma says no limit. Longer ones are not kept. */
export const maxValue = 65_536;

type Complain = (message: string, level?: 'error' | 'warning') => void;

/**
 * Compares the value of a field with its rule.
 * @param neededIn the name of the element that needs it, if one does
 * @returns the value, and whether it is of the rule's type; null for an empty one
 */
export function checkField(
  name: string,
  text: string,
  { rule, neededIn }: { readonly rule: FieldRule; readonly neededIn: string | null },
  complain: Complain,
): { readonly value: string; readonly isOfType: boolean } | null {
  if (text === '' || isBlank(text)) {
    if (neededIn !== null) complain(`<${name}> is empty, but Alma needs it in <${neededIn}>`);
    // Against the schema, and in feeds that have been loaded for years.
    else if (rule.type !== 'string')
      complain(`<${name}> is empty, which is not a ${rule.type}; leave the element out`, 'warning');
    return null;
  }
  // White space around dates and numbers is folded by XML Schema, in texts it counts.
  const value = rule.type === 'string' ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const fits = isOfType(value, rule.type);
  if (!fits) complain(`<${name}> is not a ${rule.type}`);
  if (lengthOf(value) > (rule.max ?? maxValue))
    complain(`<${name}> is longer than ${rule.max ?? maxValue} characters`);
  checkSpelling(name, value, rule, complain);
  return { value, isOfType: fits };
}

function checkSpelling(name: string, value: string, rule: FieldRule, complain: Complain): void {
  if ((rule.coded || rule.identifier) && strip(value) !== value)
    complain(`blanks around the value of <${name}>; Alma keeps them as a part of it`);
  const code = strip(value);
  const spelling = code.toUpperCase();
  if (rule.spellings?.includes(spelling) && spelling !== code)
    complain(`<${name}> is spelt as in version 1; Alma knows ${rule.spellings.join(', ')}`);
}
