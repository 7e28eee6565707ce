import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, temporaryDirectory } from './command.ts';
import { type Ended, type ProcessOptions, startCommand } from './command-process.ts';
import { type Library, makeLibrary } from './library.ts';
import type { ObjectsBench } from './objects-benches.ts';
import { textAt, unzip, usersOf } from './users.ts';

const groups = ['staff', 'student'] as const;

/** Of which night a group's files are; null where it has none; what is wrong where they are not whole files of one night. */
type Delivered = number | null | string;

/** A load that runs night after night, to a store that is looked at past the adapters. */
export interface Nights {
  readonly library: Library;
  /** Brings the people of a night and runs the load in this process. */
  load(night: number): Promise<{ code: number; stdout: string; stderr: string }>;
  /** The same as a process of its own, which may be killed. */
  loadApart(night: number, options?: Partial<ProcessOptions>): Promise<Ended>;
  /** What a reader of the store finds. */
  delivered(): Promise<Readonly<Record<(typeof groups)[number], Delivered>>>;
  /** What runs have left behind that must not be seen: staged files, and people's data in the work folder. */
  leftovers(): Promise<{ staged: number; work: readonly string[] }>;
}

let loads = 0;

/**
 * @param people how many there are in the first group: the more, the longer a run takes
 * @param lines more of the configuration
 */
export async function makeNights(
  bench: ObjectsBench,
  { people = 30, port, lines = [] }: { people?: number; port?: number; lines?: readonly string[] } = {},
): Promise<Nights> {
  const library = await makeLibrary();
  loads += 1;
  const folder = `in-${loads}`;
  await library.configure(bench.deliver(folder, port), 'log: { level: info }', ...lines);
  const environment = {
    AWS_ACCESS_KEY_ID: 'test-access-key',
    AWS_SECRET_ACCESS_KEY: 'test-secret-key',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const rowsOf = (group: string, night: number): string[][] =>
    Array.from({ length: group === 'staff' ? people : 3 }, (_, index) => {
      const id = `${group}${index}`;
      return [id, `Name ${index} of night ${night}`, `B-${id}`, `${id}@example.edu`];
    });
  const bring = async (night: number) => {
    for (const group of groups) await library.rows(group, rowsOf(group, night));
    return ['load', '--now', `${dayOf(night)}T12:00:00Z`];
  };
  const options = { workingDirectory: library.directory, environment };
  const nightOf = async (group: string, paths: readonly string[]): Promise<Delivered> => {
    const days = new Set(paths.map((path) => path.slice(folder.length + 1).split('_')[1] ?? ''));
    const [day] = days;
    if (day === undefined) return null;
    if (days.size > 1) return `two nights: ${paths.join(', ')}`;
    const night = 1 + (Date.parse(day) - Date.UTC(2026, 0, 1)) / 86_400_000;
    const files = await Promise.all(paths.map((path) => filesIn(bench, path)));
    const users = files.flat().flatMap(usersOf);
    const found = users.map((user) => [textAt(user, 'primary_id'), textAt(user, 'last_name')].join());
    const expected = rowsOf(group, night).map(([id, name]) => [id, name].join());
    const isWhole = found.join('\n') === expected.join('\n');
    return isWhole ? night : `${found.length} users for ${expected.length} people`;
  };
  const visible = async () => (await bench.visible()).filter((path) => path.startsWith(`${folder}/`)).sort();
  const nights: Nights = {
    library,
    load: async (night) => run(await bring(night), options),
    loadApart: async (night, more) => {
      const all = { ...environment, ...more?.environment };
      return startCommand(await bring(night), { ...options, ...more, environment: all }).ended;
    },
    async delivered() {
      const paths = await visible();
      const isOurs = new RegExp(`^${folder}/(staff|student)_[\\d-]+_12\\.00\\.00(_\\d)?\\.zip$`);
      const strange = paths.filter((path) => !isOurs.test(path)).map((path) => `a strange file: ${path}`)[0];
      const of = async (group: string) =>
        strange ??
        (await nightOf(
          group,
          paths.filter((path) => path.startsWith(`${folder}/${group}_`)),
        ));
      const looked = await Promise.allSettled([of('staff'), of('student')]);
      // A request of a run that died may still be under way: it takes away a file between its listing and its reading.
      if ((await visible()).join() !== paths.join()) return nights.delivered();
      for (const each of looked) if (each.status === 'rejected') throw each.reason;
      const [staff, student] = looked.map((each) => (each.status === 'fulfilled' ? each.value : null));
      return { staff: staff ?? null, student: student ?? null };
    },
    async leftovers() {
      const work = join(library.directory, 'work');
      return { staged: await bench.staged(), work: existsSync(work) ? readdirSync(work) : [] };
    },
  };
  return nights;
}

/** The nights of a test follow each other from the first of January on. */
function dayOf(night: number): string {
  return new Date(Date.UTC(2026, 0, night)).toISOString().slice(0, 10);
}

async function filesIn(bench: ObjectsBench, path: string): Promise<string[]> {
  const copy = join(await temporaryDirectory(), 'copy.zip');
  await writeFile(copy, await bench.read(path));
  return Object.values(await unzip(copy));
}
