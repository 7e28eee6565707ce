import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ran, run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';
import { differencesOfShape } from './compare-shape.ts';

/**
 * What version 0.1.0 printed. Libraries' own programs read it, so a key that is missing or has another type fails.
 * A new key is allowed, and needs no change here.
 */
const frozen = (name: string) =>
  JSON.parse(readFileSync(new URL(`json/${name}.json`, import.meta.url), 'utf8'));

function expectFrozen({ stdout }: Ran, name: string): void {
  expect(differencesOfShape(frozen(name), JSON.parse(stdout))).toEqual([]);
}

describe('the comparison of shapes', () => {
  const was = { count: 1, error: null, groups: [{ name: 'staff', files: ['a'] }] };

  it('allows other values, more keys, and longer lists', () => {
    const is = {
      more: true,
      count: 2,
      error: null,
      groups: [
        { name: 'student', files: ['b', 'c'], users: 3 },
        { name: 'staff', files: ['d'] },
      ],
    };
    expect(differencesOfShape(was, is)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['a key that is missing', { error: null, groups: was.groups }, 'count is missing'],
    ['a number as text', { ...was, count: '1' }, 'count was a number and is a string'],
    ['a value in place of null', { ...was, error: '' }, 'error was null and is a string'],
    ['a list that is empty', { ...was, groups: [] }, 'groups was a list of items and is empty'],
    ['an object in place of a list', { ...was, groups: {} }, 'groups was a list and is an object'],
    [
      'a key that is missing in a list',
      { ...was, groups: [{ name: 'staff' }] },
      'groups[0].files is missing',
    ],
  ])('finds %s', (_, is, difference) => {
    expect(differencesOfShape(was, is)).toContain(difference);
  });
});

describe('load --json keeps the keys and types of the older version', () => {
  const load = (library: Library, day: number) =>
    run(['load', '--json', '--now', `2026-03-0${day}T12:00:00Z`], { workingDirectory: library.directory });

  let library: Library;
  beforeEach(async () => {
    library = await makeLibrary();
    const user = readFileSync(join(library.directory, 'person.xml'), 'utf8');
    const group = '  <user_group>{{lookup "groups" barcode}}</user_group>\n</user>';
    await writeFile(join(library.directory, 'person.xml'), user.replace('</user>', group));
    await writeFile(join(library.directory, 'groups.csv'), 'barcode,group\nB1,FAC\nB1,STAFF\nB2,FAC\n');
    await library.configure('lookups: { groups: { file: groups.csv, default: OTHER } }');
    await library.rows('staff', [
      ...twenty,
      ['P20', 'x'.repeat(300), 'B20', 'p20@example.edu'],
      ['P21', '', 'B21', 'p21@example.edu'],
      ['P22', 'Bell\u0007', 'B22', 'p22@example.edu'],
    ]);
    expect((await load(library, 1)).code).toBe(0);
  });

  it('for a delivered run', async () => {
    const ran = await load(library, 2);
    expect(ran.code).toBe(0);
    expectFrozen(ran, 'load-delivered');
  });

  it('for a run that the guard stopped', async () => {
    await library.rows('staff', twenty.slice(0, 2));
    const ran = await load(library, 2);
    expect(ran.code).toBe(3);
    expectFrozen(ran, 'load-held');
  });

  it('for a run that failed', async () => {
    await rm(join(library.directory, 'data'), { recursive: true });
    const ran = await load(library, 2);
    expect(ran.code).toBe(78);
    expectFrozen(ran, 'load-failed');
  });
});

describe('check --json of a load keeps the keys and types of the older version', () => {
  const check = (library: Library) => run(['check', '--json'], { workingDirectory: library.directory });

  it('where all is well', async () => {
    const ran = await check(await makeLibrary());
    expect(ran.code).toBe(0);
    expectFrozen(ran, 'check-ok');
  });

  it('where a part fails', async () => {
    const library = await makeLibrary();
    await writeFile(join(library.directory, 'out'), 'a file in the place of the folder');
    const ran = await check(library);
    expect(ran.code).toBe(78);
    expectFrozen(ran, 'check-failed');
  });
});

it('validate --json keeps the keys and types of the older version', async () => {
  const { directory } = await makeLibrary();
  const user = '<user><primary_id>P1</primary_id><expiry_date>soon</expiry_date></user>';
  await writeFile(join(directory, 'users.xml'), `<users>${user}</users>`);
  const ran = await run(['validate', '--json', 'users.xml'], { workingDirectory: directory });
  expect(ran.code).toBe(1);
  expectFrozen(ran, 'validate');
});

describe('a poll', () => {
  const now = ['--now', '2026-02-01T12:00:00Z'];
  let bench: PollerBench;
  let poller: Poller;
  beforeAll(async () => {
    bench = await startPollerBench();
  });
  afterAll(() => bench.stop());
  beforeEach(async () => {
    poller = await makePoller(bench);
    await putPatrons(poller.database, [
      { id: 1, created: '2026-01-05 12:00:00+00' },
      { id: 2, created: '2010-01-01', updated: '2026-01-06 12:00:00+00' },
      { id: 3, created: '2010-01-01', deleted: '2026-01-10', isDropped: true },
    ]);
    const state = readFileSync(new URL('documents/original-state.json', import.meta.url), 'utf8');
    await poller.putState(JSON.parse(state));
    return () => poller.close();
  });

  it('prints as --json the keys and types of the older version', async () => {
    const ran = await poller.poll([...now, '--json']);
    expect(ran.code).toBe(0);
    expectFrozen(ran, 'poll-sent');
  });

  it('that fails prints as --json the keys and types of the older version', async () => {
    const ran = await poller.poll([...now, '--json'], { SIERRA_DB_PASSWORD: 'wrong' });
    expect(ran.code).toBe(78);
    expectFrozen(ran, 'poll-failed');
  });

  it('goes on where the original left off, and leaves a state that the original reads', async () => {
    const { stdout } = await poller.poll([...now, '--json']);
    const { modes } = JSON.parse(stdout);
    const begun = modes.map(({ mode, from }: { mode: string; from: string }) => [mode, from]);
    expect(begun).toEqual([
      ['new', '2026-01-03 14:12:26.123456'],
      ['updated', '2026-01-04 13:00:00.000000'],
      ['deleted', '2026-01-05'],
    ]);
    expect(await poller.state()).toMatchObject({
      creation_dt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?-05:00$/),
      update_dt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?-05:00$/),
      deletion_date: '2026-01-10',
    });
  });

  it('is checked with the keys and types of the older version', async () => {
    const { environment, directory } = poller;
    const args = ['check', '--config', 'preset:patron-info-poller', '--json'];
    const ran = await run(args, { environment, workingDirectory: directory });
    expectFrozen(ran, 'check-poll');
  });
});
