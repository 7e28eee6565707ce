import type { Crowds } from './count-crowds.ts';

/** What was usual of the records that are alone in all that they tell, as the checkpoint keeps it. */
export interface UsualCrowds {
  /** The fields that were sent. */
  readonly fields: readonly string[];
  /** The share of records that were alone, by the size of the run: the more records, the fewer are alone. */
  readonly alone: Readonly<Record<string, number>>;
}

/** What a run has that the runs before had not. */
export type CrowdChange = 'first' | 'more_fields' | 'more_alone' | null;

/** Fewer records say nothing of a share. */
const leastRecords = 200;

/** Within a class of sizes a share that rises by this much has another cause than the size of the run. */
const leastRise = 0.25;

/** A share that moves less is not worth a write of the checkpoint. */
const leastMove = 0.01;

/** What has changed in a run that sent records. */
export function changeOfCrowds(usual: UsualCrowds | null, crowds: Crowds): CrowdChange {
  if (crowds.few === 0) return null;
  if (usual === null) return crowds.records < leastRecords ? null : 'first';
  if (crowds.fields.some((field) => !usual.fields.includes(field))) return 'more_fields';
  const before = usual.alone[sizeOf(crowds)];
  const hasRisen = before !== undefined && shareOf(crowds) >= before + leastRise;
  return hasRisen && crowds.records >= leastRecords ? 'more_alone' : null;
}

/** What is usual from now on; the same object where nothing is to be kept. */
export function usualWith(usual: UsualCrowds | null, crowds: Crowds): UsualCrowds | null {
  const { records, fields } = crowds;
  // Of a library that sends few records every day, the first run is the one that tells.
  if (records === 0 || (usual === null && records < leastRecords)) return usual;
  const isSame = usual !== null && fields.join() === usual.fields.join();
  const kept: UsualCrowds = isSame ? usual : { fields, alone: {} };
  if (records < leastRecords) return kept;
  const size = sizeOf(crowds);
  const before = kept.alone[size];
  if (before !== undefined && Math.abs(shareOf(crowds) - before) < leastMove) return kept;
  return { fields, alone: { ...kept.alone, [size]: shareOf(crowds) } };
}

function shareOf({ alone, records }: Crowds): number {
  return Number((alone / records).toFixed(3));
}

/** Runs of a class have up to twice as many records as others of it. */
function sizeOf({ records }: Crowds): string {
  return String(2 ** Math.floor(Math.log2(records)));
}
