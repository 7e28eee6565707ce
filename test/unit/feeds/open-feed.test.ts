import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolderFiles } from '../../../src/adapters/files/folder.ts';
import { commaFormat } from '../../../src/feeds/feed-format.ts';
import { parseFilePattern } from '../../../src/feeds/file-pattern.ts';
import { type Feed, findFiles, readFeed } from '../../../src/feeds/open-feed.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';

const now = new Date();
const anHourAgo = new Date(now.getTime() - 3_600_000);

async function bring(directory: string, name: string, content: string): Promise<void> {
  await writeFile(join(directory, name), content);
  await utimes(join(directory, name), anHourAgo, anHourAgo);
}

/** A feed of all files in a folder, whose lists are counted. */
async function feedOf(count: number) {
  const directory = await temporaryDirectory();
  for (let at = 0; at < count; at += 1) await bring(directory, `P${at}.csv`, `ID\n${at}\n`);
  const pattern = parseFilePattern('P*.csv');
  if (!pattern) throw new Error('no pattern');
  const folder = createFolderFiles({ directory });
  const lists = { count: 0 };
  const list: typeof folder.list = (...asked) => {
    lists.count += 1;
    return folder.list(...asked);
  };
  const feed: Feed = {
    source: { ...folder, list },
    pick: { pattern, which: 'all', marker: null, maxAgeHours: null },
    format: commaFormat,
  };
  return { directory, feed, lists };
}

it('lists a folder once before and once behind the files of a feed, however many they are', async () => {
  const { feed, lists } = await feedOf(20);
  const ids: string[] = [];
  for await (const { rows } of readFeed(feed, await findFiles(feed, now, never), never))
    ids.push(...rows.map(([id = '']) => id));
  expect(ids.sort()).toEqual(Array.from({ length: 20 }, (_, at) => String(at)).sort());
  expect(lists.count).toBe(2);
});

it.each(['P0.csv', 'P1.csv', 'P2.csv'])('sees that %s is another file at the end', async (name) => {
  const { directory, feed } = await feedOf(3);
  const reading = async () => {
    let isFirst = true;
    for await (const _ of readFeed(feed, await findFiles(feed, now, never), never)) {
      // Of the same size and with another time, as a sender leaves it that writes the feed anew.
      if (isFirst) await writeFile(join(directory, name), 'ID\n7\n');
      isFirst = false;
    }
  };
  expect(await failureOf(reading())).toMatchObject({
    code: 'FEED_CHANGED',
    message: expect.stringContaining(name),
  });
});
