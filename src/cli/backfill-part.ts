import { PatronflowError } from '../core/errors.ts';
import type { BackfillPlan } from '../poll/backfill/plan.ts';
import type { ProcessContext } from './process-context.ts';

/** Variables in which array jobs say which part is theirs, and of how many. Kubernetes does not say the number. */
const arrayVariables = [
  ['AWS_BATCH_JOB_ARRAY_INDEX', 'AWS_BATCH_JOB_ARRAY_SIZE'],
  ['JOB_COMPLETION_INDEX', 'BACKFILL_PARTS'],
  ['BACKFILL_PART', 'BACKFILL_PARTS'],
] as const;

/**
 * The ranges of a part: that of the option, or that of an array job; all of them where neither says one.
 * @throws PatronflowError USAGE
 */
export function rangesOf(
  { ranges }: BackfillPlan,
  option: string | undefined,
  environment: ProcessContext['environment'],
): readonly number[] {
  const part = option ?? partOfArray(environment);
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(part) ?? [];
  if (index === undefined || Number(index) >= Number(count))
    throw new PatronflowError('USAGE', '--range must be a part such as 0/8, the first of eight, up to 7/8.');
  return ranges.flatMap((_, range) => (range % Number(count) === Number(index) ? [range] : []));
}

function partOfArray(environment: ProcessContext['environment']): string {
  for (const [at, of] of arrayVariables) {
    const index = environment[at] ?? '';
    if (index === '') continue;
    const count = environment[of] ?? '';
    // Without the number every job of the array would work through all ranges.
    if (count === '')
      throw new PatronflowError(
        'USAGE',
        `${at} is set, but ${of} is not, so the number of parts is unknown.`,
        {
          hint: `Set ${of} to the number of jobs of the array, or give --range.`,
        },
      );
    return `${index}/${count}`;
  }
  return '0/1';
}
