import { untilAborted } from '../../core/abort.ts';
import type { Ledger } from '../ledger.ts';
import type { AlmaResults, ObjectStore } from '../ports.ts';
import type { RosterHeader } from './roster-file.ts';

/** What tells whether Alma has taken files. */
export interface TakenSigns {
  readonly ledger: Ledger | null;
  readonly results: AlmaResults;
  readonly storeOf: (group: string) => ObjectStore;
}

/**
 * Finds the groups whose last files Alma has taken. Its job says so where it was asked. Otherwise a file that is gone was
 * taken, since Alma renames or removes what it has loaded. We remove files only to put new ones in their place, and the ledger
 * is marked before that: a file that is gone while the mark is there may have been removed by a run that died.
 */
export async function findTaken(
  { files }: Pick<RosterHeader, 'files'>,
  { ledger, results, storeOf }: TakenSigns,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const [group, keys] of Object.entries(files)) {
    const result = results[group];
    if (
      result === 'taken' ||
      (!result && !ledger?.replacing && (await areGone(storeOf(group), keys, signal)))
    )
      taken.add(group);
  }
  return taken;
}

async function areGone(store: ObjectStore, keys: readonly string[], signal: AbortSignal): Promise<boolean> {
  if (keys.length === 0) return true;
  const look = async () => {
    for await (const { key } of store.list(signal)) if (keys.includes(key)) return false;
    return true;
  };
  return untilAborted(signal, look());
}
