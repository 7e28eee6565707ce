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
    `${count(alone)} of ${count(records)} records of this run (${percent(alone, records)}) are unique: no other record of this run has the same ${together}.`,
    `${count(few)} records, the unique ones included, share these values with fewer than ${smallestCrowd - 1} others. Someone who knows these values of a person can recognise the record.`,
    ...(most
      ? [
          `The ${fieldTexts[most.field]} contributes most: without it, ${percent(most.aloneWithout, records)} would be unique.`,
        ]
      : []),
  ];
}

/** The warning of a change; what it is compared with is in the checkpoint. */
export function crowdWarning(change: NonNullable<CrowdChange>, { alone, records }: Crowds): string {
  const share = percent(alone, records);
  const what = {
    first: `${share} of the records are unique in their combination of values. This warning appears once, and again when the share changes.`,
    more_fields: `The records have more fields than those of earlier runs: ${share} are unique in their combination of values.`,
    more_alone: `More records than usual are unique in their combination of values: ${share} of ${count(records)}.`,
  }[change];
  return `${what} docs/privacy.md says what that means.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
