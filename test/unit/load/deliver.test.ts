import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log.ts';
import { type Delivery, deliver, replacedKeys } from '../../../src/load/deliver.ts';
import type { ObjectStore } from '../../../src/load/ports.ts';
import type { Archive } from '../../../src/load/write-zip.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const policy = { attempts: 3, firstDelayMs: 1, kinds: ['transient'] } as const;
const busy = () => new PatronflowError('STORE_BUSY', 'The store is busy.');

type Call = 'list' | 'stage' | 'publish' | 'remove' | 'discard';

/** A store in memory that fails at the calls of a plan: `list#1` is the first list; `list#1+` all from there on. */
function memoryStore(present: readonly string[], plan: readonly string[] = []) {
  const files = new Set(present);
  const calls: string[] = [];
  const counts = new Map<Call, number>();
  const reach = (call: Call, key = '') => {
    const count = (counts.get(call) ?? 0) + 1;
    counts.set(call, count);
    calls.push(key ? `${call} ${key}` : call);
    const fails = plan.some((each) => {
      const [, name, first, onwards] = /^(\w+)#(\d+)(\+?)$/.exec(each) ?? [];
      return name === call && (onwards ? count >= Number(first) : count === Number(first));
    });
    if (fails) throw busy();
  };
  const store: ObjectStore = {
    name: 'memory',
    check: async () => 'fine',
    close: async () => {},
    async *list() {
      reach('list');
      for (const key of files) yield { key, size: 1 };
    },
    stage: async (key) => {
      reach('stage', key);
      return {
        key,
        publish: async () => {
          reach('publish', key);
          files.add(key);
          return { key, size: 1, location: `memory/${key}` };
        },
        discard: async () => reach('discard', key),
      };
    },
    remove: async (keys) => {
      reach('remove');
      for (const key of keys) files.delete(key);
    },
    sweep: async () => 0,
  };
  return { store, files, calls };
}

const key = (group: string, day: string, number = 1) =>
  `${group}_2026-03-${day}_12.00.00${number > 1 ? `_${number}` : ''}.zip`;
const archive = (name: string): Archive => ({
  key: name,
  path: '/nowhere',
  size: 1,
  sha256: '',
  users: 1,
  xmlFiles: 1,
});

/** Delivers a file of staff and one of students in place of yesterday's. */
async function night(
  present: readonly string[],
  plan: readonly string[] = [],
  change: Partial<Delivery> = {},
) {
  const { store, files, calls } = memoryStore(present, plan);
  const published: string[] = [];
  const removed: string[] = [];
  const delivery: Delivery = {
    storeOf: () => store,
    groups: [
      { group: 'staff', archives: [archive(key('staff', '02'))] },
      { group: 'student', archives: [archive(key('student', '02'))] },
    ],
    allGroups: ['staff', 'student'],
    replace: 'own',
    retry: policy,
    swapRetry: policy,
    log: quiet,
    signal: new AbortController().signal,
    onPublished: (receipt) => published.push(receipt.key),
    onRemoved: (keys) => removed.push(...keys),
    ...change,
  };
  const error = await deliver(delivery).then(
    () => null,
    (thrown: unknown) => thrown as PatronflowError,
  );
  return { error, files: [...files].sort(), calls, published, removed };
}

const yesterday = [key('staff', '01'), key('student', '01')];
const today = [key('staff', '02'), key('student', '02')];

describe('a delivery', () => {
  it('stages everything, then swaps one group after the other', async () => {
    const { error, files, calls, published, removed } = await night(yesterday);
    expect([error, files, published, removed]).toEqual([null, today, today, yesterday]);
    expect(calls.filter((call) => call !== 'list')).toEqual([
      `stage ${today[0]}`,
      `stage ${today[1]}`,
      'remove',
      `publish ${today[0]}`,
      'remove',
      `publish ${today[1]}`,
    ]);
  });

  it('changes nothing when a file cannot be staged, and discards those that were', async () => {
    const { error, files, calls } = await night(yesterday, ['stage#2+']);
    expect([error?.code, files]).toEqual(['STORE_BUSY', yesterday]);
    expect(calls).toContain(`discard ${today[0]}`);
    expect(calls).not.toContain('remove');
  });

  it.each(['list#1', 'remove#1', 'publish#1', 'list#2'])(
    'goes on after a failure that passes: %s',
    async (fault) => {
      const { error, files } = await night(yesterday, [fault]);
      expect([error, files]).toEqual([null, today]);
    },
  );

  it('says what happened when the store cannot be listed: nothing was removed', async () => {
    const { error, files, removed } = await night(yesterday, ['list#1+']);
    expect([error?.code, error?.message, files, removed]).toEqual([
      'STORE_BUSY',
      'The store is busy.',
      yesterday,
      [],
    ]);
  });

  it('is as it was when the first files of a group cannot be published', async () => {
    const { error, files } = await night([], ['publish#1+']);
    expect([error?.code, files]).toEqual(['STORE_BUSY', []]);
  });

  it('is as it was when old files cannot be removed', async () => {
    const { error, files } = await night(yesterday, ['remove#1+']);
    expect([error?.code, files]).toEqual(['STORE_BUSY', yesterday]);
  });

  it('tells a group that has no files any more', async () => {
    const { error, files, removed, published } = await night(yesterday, ['publish#1+']);
    expect(error).toMatchObject({ code: 'SWAP_INCOMPLETE', hint: expect.stringContaining('Run again') });
    expect(error?.message).toContain('old files were removed');
    expect([files, removed, published]).toEqual([[key('student', '01')], [key('staff', '01')], []]);
  });

  it('does not say that files were removed when the store no longer answers', async () => {
    // The first list is the swap's, the second looks after the removal.
    const { error } = await night(yesterday, ['publish#1+', 'list#3+']);
    expect(error).toMatchObject({ code: 'SWAP_INCOMPLETE' });
    expect(error?.message).toContain('no longer says which of its files are there');
  });

  it('takes back the part of a group that was published', async () => {
    const two = [archive(key('staff', '02')), archive(key('staff', '02', 2))];
    const { error, files, published } = await night(yesterday, ['publish#2+'], {
      groups: [{ group: 'staff', archives: two }],
    });
    expect([error?.code, files, published]).toEqual(['SWAP_INCOMPLETE', [key('student', '01')], []]);
  });

  it('ends between two groups when it is stopped, with both whole', async () => {
    const stop = new AbortController();
    const { error, files, calls } = await night(yesterday, [], {
      signal: stop.signal,
      onPublished: () => stop.abort(),
    });
    expect(error?.name).toBe('AbortError');
    expect(files).toEqual([key('staff', '02'), key('student', '01')].sort());
    expect(calls).toContain(`discard ${today[1]}`);
  });

  it('leaves files of other programs, and takes every zip with the first group where it is told to', async () => {
    const others = ['other.zip', 'readme.txt', key('guests', '01')];
    expect((await night([...yesterday, ...others])).files).toEqual([...today, ...others].sort());
    const all = await night([...yesterday, ...others], [], { replace: 'all' });
    expect(all.files).toEqual([...today, 'readme.txt'].sort());
  });

  it('looks for files of other programs with the first group of a folder alone', () => {
    const { store } = memoryStore([]);
    const groups = ['staff', 'student'].map((group) => ({ group, archives: [] }));
    const delivery = {
      groups,
      allGroups: ['staff', 'student'],
      replace: 'all',
      storeOf: () => store,
    } as const;
    const goneWith = (group: string) => replacedKeys(['other.zip', key('student', '01')], group, delivery);
    expect([goneWith('staff'), goneWith('student')]).toEqual([['other.zip'], [key('student', '01')]]);
  });
});
