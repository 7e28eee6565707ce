import { type ClearField, type Crowds, smallestCrowd } from './count-crowds.ts';
import type { CrowdChange } from './usual-crowds.ts';

const fieldTexts: Readonly<Record<ClearField, string>> = {
  postal_code: 'ZIP code',
  geoid: 'tract',
  creation_date_et: 'day of creation',
  circ_active_date_et: 'day of last activity',
  ptype_code: 'patron type',
  pcode3: 'pcode3',
  patron_home_library_code: 'home library',
  initial_patron_home_library_code: 'first home library',
};

/** Sentences on how well the records hide whom they are about; none where all are in crowds. */
export function crowdTexts({ records, fields, few, alone, most }: Crowds): string[] {
  if (few === 0) return [];
  const together = fields.map((field) => fieldTexts[field]).join(', ');
  return [
    `${count(alone)} of ${count(records)} records of this run (${percent(alone, records)}) are alone in all that they tell: ${together}.`,
    `${count(few)} share it with fewer than ${smallestCrowd - 1} others. Someone who knows this of a person can recognise the record.`,
    ...(most
      ? [
          `Most of it comes from the ${fieldTexts[most.field]}: without it ${percent(most.aloneWithout, records)} would be alone.`,
        ]
      : []),
  ];
}

/** The warning of a change; what it is compared with is in the checkpoint. */
export function crowdWarning(change: NonNullable<CrowdChange>, { alone, records }: Crowds): string {
  const share = percent(alone, records);
  const what = {
    first: `${share} of the records are alone in all that they tell. This is told once, and again when it changes.`,
    more_fields: `The records tell more than those of earlier runs: ${share} are alone in it.`,
    more_alone: `More records than usual are alone in all that they tell: ${share} of ${count(records)}.`,
  }[change];
  return `${what} docs/privacy.md says what that means.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
