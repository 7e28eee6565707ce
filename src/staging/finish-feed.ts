import { type Feed, isSameFile } from '../feeds/open-feed.ts';
import type { FeedFile } from '../feeds/ports.ts';
import type { AfterDelivery } from './table.ts';

/**
 * Moves or removes the files of a feed that were delivered, with their markers. A file that is another one by now was not
 * delivered, and stays. One that is gone is no error: a run that died had begun.
 * @returns the names of those that stay
 */
export async function finishFeed(
  { source, pick }: Feed,
  after: Exclude<AfterDelivery, 'keep'>,
  delivered: readonly FeedFile[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const present = new Map<string, FeedFile>();
  for await (const file of source.list(signal)) present.set(file.name, file);
  const staying: string[] = [];
  for (const file of delivered) {
    const { name } = file;
    const now = present.get(name);
    if (!now) continue;
    if (!isSameFile(now, file)) {
      staying.push(name);
      continue;
    }
    // The marker first: one that is left behind would say of the next feed that it is whole.
    for (const each of pick.marker === null ? [name] : [name + pick.marker, name]) {
      if (!present.has(each)) continue;
      if (after === 'delete') await source.remove(each);
      else await source.move(each, after.moveTo);
    }
  }
  return staying;
}
