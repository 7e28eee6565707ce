import { PatronflowError, toPatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type RetryPolicy, retry } from '../core/retry.ts';
import type { ObjectStore, Receipt, StagedObject } from './ports.ts';
import { type Archive, isArchiveOf } from './write-zip.ts';

/** The finished files of one group. */
export interface GroupArchives {
  readonly group: string;
  readonly archives: readonly Archive[];
}

export interface Delivery {
  /** The folder that the files of a group go to. */
  readonly storeOf: (group: string) => ObjectStore;
  readonly groups: readonly GroupArchives[];
  /** Names of all groups of the job, delivered in this run or not. */
  readonly allGroups: readonly string[];
  /** Which older zips are taken away: those of this job, or every one in the folder. */
  readonly replace: 'own' | 'all';
  readonly retry: RetryPolicy;
  /** The same once old files may be gone. */
  readonly swapRetry: RetryPolicy;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told of each effect when it has happened, so that a report knows them when a later one fails. */
  readonly onPublished: (receipt: Receipt) => void;
  readonly onRemoved: (keys: readonly string[]) => void;
}

/**
 * Old zips in the folder of a group that its files take the place of. What belongs to no group of this job goes, where
 * `replace` says so, with the first group of a run that has this folder; what belongs to a group that is not delivered stays.
 */
export function replacedKeys(
  keys: readonly string[],
  group: string,
  { groups, allGroups, replace, storeOf }: Pick<Delivery, 'groups' | 'allGroups' | 'replace' | 'storeOf'>,
): readonly string[] {
  const store = storeOf(group);
  const isFirst = groups.find((each) => storeOf(each.group) === store)?.group === group;
  return keys.filter((key) => {
    if (!key.endsWith('.zip')) return false;
    const owner = allGroups.find((name) => isArchiveOf(name, key));
    return owner === group || (owner === undefined && replace === 'all' && isFirst);
  });
}

/**
 * Brings the files into the store. First all of them are staged, invisible to Alma: until then a failure
 * changes nothing. Then group by group the old files are removed and the new ones published, so that never
 * two files of one group, and never a part of one, can be seen. docs/delivery.md says what holds when.
 */
export async function deliver(delivery: Delivery): Promise<void> {
  const { storeOf, groups, log, signal } = delivery;
  const staged = new Map<string, StagedObject>();
  try {
    for (const { archive, store } of groups.flatMap(({ group, archives }) =>
      archives.map((archive) => ({ archive, store: storeOf(group) })),
    )) {
      staged.set(
        archive.key,
        await retry(
          delivery.retry,
          () => store.stage(archive.key, archive, signal),
          warnOf(log, `staging ${archive.key}`),
          signal,
        ),
      );
      log.info('Staged.', { file: archive.key, bytes: archive.size });
    }
    signal.throwIfAborted();
  } catch (error) {
    await discardAll(staged, log);
    throw error;
  }

  for (const { group, archives } of groups) {
    await swap(delivery, group, archives, staged);
    if (signal.aborted && group !== groups.at(-1)?.group) {
      await discardAll(staged, log);
      signal.throwIfAborted();
    }
  }
}

/** Puts the new files of a group in the place of its old ones. A stop is not obeyed here: it would leave the group without a file. */
async function swap(
  delivery: Delivery,
  group: string,
  archives: readonly Archive[],
  staged: Map<string, StagedObject>,
): Promise<void> {
  const { log } = delivery;
  const store = delivery.storeOf(group);
  const look = () =>
    retry(delivery.swapRetry, () => keysOf(store), warnOf(log, `listing the files at ${store.name}`));
  const published: Receipt[] = [];
  let old: readonly string[] = [];
  let hasChanged = false;
  try {
    old = replacedKeys(await look(), group, delivery).filter((key) => !staged.has(key));
    hasChanged = true;
    if (old.length > 0) {
      await retry(
        delivery.swapRetry,
        () => removeAll(store, old),
        warnOf(log, `removing old files of ${group}`),
      );
      delivery.onRemoved(old);
      log.info('Removed old files.', { group, files: old.length });
    }
    for (const { key } of archives) {
      const object = staged.get(key);
      if (!object) throw new Error('a file that was not staged');
      const receipt = await retry(
        delivery.swapRetry,
        () => object.publish(),
        warnOf(log, `publishing ${key}`),
      );
      staged.delete(key);
      published.push(receipt);
      log.info('Published and verified.', { file: receipt.location, bytes: receipt.size });
    }
    // Told when the group is whole: until then what was published may be taken back.
    for (const receipt of published) delivery.onPublished(receipt);
  } catch (error) {
    await discardAll(staged, log);
    // A part of a group would be taken for the whole.
    if (published.length > 0) await store.remove(published.map(({ key }) => key)).catch(() => {});
    const visible = hasChanged ? await look().catch(() => null) : old;
    const isAsBefore =
      visible !== null &&
      old.every((key) => visible.includes(key)) &&
      !archives.some(({ key }) => visible.includes(key));
    throw isAsBefore ? error : incomplete(store, group, visible, error);
  }
}

/** Removes, and looks: an answer that promises is not enough before new files are put beside old ones. */
async function removeAll(store: ObjectStore, keys: readonly string[]): Promise<void> {
  await store.remove(keys);
  const visible = await keysOf(store);
  const left = keys.filter((key) => visible.includes(key));
  if (left.length === 0) return;
  throw new PatronflowError(
    'STORE_BUSY',
    `${left.length} old files are still at ${store.name} although they were removed.`,
    {
      hint: 'Run again later.',
    },
  );
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  // Not the run's signal: inside the swap a stop is not obeyed.
  for await (const { key } of store.list(new AbortController().signal)) keys.push(key);
  return keys;
}

function warnOf(log: Log, what: string) {
  return (error: PatronflowError, attempt: number) =>
    log.warn(`Trying again: ${what}. ${error.message}`, { attempt, code: error.code });
}

/** Best effort: what stays is invisible, and the next run's sweep takes it away. */
async function discardAll(staged: ReadonlyMap<string, StagedObject>, log: Log): Promise<void> {
  for (const object of staged.values()) {
    await object
      .discard()
      .catch(() =>
        log.warn('A staged file could not be removed; the next run will remove it.', { file: object.key }),
      );
  }
}

/** @param visible what is left in the store; null where it does not answer any more */
function incomplete(
  store: ObjectStore,
  group: string,
  visible: readonly string[] | null,
  error: unknown,
): PatronflowError {
  const cause = toPatronflowError(error);
  const state =
    visible === null
      ? 'the store no longer says which of its files are there'
      : 'old files were removed, and the new ones could not be published or verified';
  return new PatronflowError(
    'SWAP_INCOMPLETE',
    `Group ${group} may have no complete set of files at ${store.name}: ${state}. ${cause.message}`,
    { hint: "Run again before Alma's next run, which may otherwise miss users of this group.", cause },
  );
}
