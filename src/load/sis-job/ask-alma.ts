import { followDelivery } from './follow-delivery.ts';
import type { Following } from './following.ts';
import { type SisGroupResult, sisResultOf } from './sis-report.ts';

/**
 * What Alma made of the last delivery, by group, for a run that builds on it. What the note does not say is asked for with
 * one look, without waiting, and written into the note.
 * @returns nothing of groups that no job of the configuration loads
 */
export async function askAlma(following: Following): Promise<ReadonlyMap<string, SisGroupResult>> {
  const { note } = following;
  const isOpen = note.jobs.some(({ result }) => result === 'unknown');
  const looking: Following = {
    ...following,
    settings: { ...following.settings, after: 'find', limitMs: 0 },
  };
  if (isOpen) await followDelivery(looking, {}, ({ result }) => result === 'unknown');
  const groups = note.jobs.flatMap((job) => job.groups);
  const known = groups.map((group) => [group, sisResultOf(note, group)] as const);
  return new Map(known.flatMap(([group, result]) => (result ? [[group, result] as const] : [])));
}
