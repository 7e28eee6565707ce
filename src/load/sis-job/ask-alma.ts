import type { AlmaResults } from '../ports.ts';
import type { NotedJob } from './delivery-note.ts';
import { followDelivery } from './follow-delivery.ts';
import type { Following } from './following.ts';

/**
 * What Alma made of the last delivery, for a run that builds on it. What the note does not say is asked for with one look,
 * without waiting, and written into the note. A user whom Alma rejected counts as taken: sent again as they are, they would be
 * rejected again.
 */
export async function askAlma(following: Following): Promise<AlmaResults> {
  const { note } = following;
  const isOpen = note.jobs.some(({ result }) => result === 'unknown');
  const looking: Following = {
    ...following,
    settings: { ...following.settings, after: 'find', limitMs: 0 },
  };
  if (isOpen) await followDelivery(looking, {}, ({ result }) => result === 'unknown');
  return Object.fromEntries(
    note.jobs.flatMap((job) => {
      const result = resultFor(job);
      return result ? job.groups.map((group) => [group, result]) : [];
    }),
  );
}

function resultFor({ result, difference }: NotedJob): 'taken' | 'refused' | null {
  if (result === 'failed' || (difference !== null && difference !== 0)) return 'refused';
  return result === 'taken' && difference === 0 ? 'taken' : null;
}
