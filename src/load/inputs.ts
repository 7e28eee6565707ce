import { fingerprint, fingerprintOf } from '../core/fingerprint.ts';

/** Fingerprints of what the users of a group are made with besides the rows, by what a message calls it. */
export type Inputs = Readonly<Record<string, string>>;

/**
 * Takes the fingerprints.
 * @param configuration the settings that decide what a user looks like; without secrets
 * @param tables the texts of lookup tables and calendars, by what a message calls them
 */
export function inputsOf(
  configuration: unknown,
  template: string,
  tables: Readonly<Record<string, string>>,
): Inputs {
  const fingerprints = Object.entries(tables).map(([name, text]) => [name, fingerprint(text)]);
  return {
    'the configuration': fingerprintOf(configuration),
    'the template': fingerprint(template),
    ...Object.fromEntries(fingerprints),
  };
}

/** What is no longer what it was; null where it is not known what it was. */
export function changedInputs(before: Inputs, now: Inputs): readonly string[] | null {
  if (Object.keys(before).length === 0) return null;
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].filter((name) => before[name] !== now[name]);
}
