import { existsSync, readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/demo/random.ts';
import { run } from '../support/command.ts';
import { type Library, makeLibrary } from '../support/library.ts';
import { atNight } from '../support/nightly.ts';
import { throwAt } from '../support/throw-at.ts';
import { textAt, unzip, usersOf } from '../support/users.ts';

const overlay = `<user>
  <expiry_date>{{days 0}}</expiry_date>
  <status>INACTIVE</status>
</user>
`;

/** What Alma has of a user. */
interface AlmaUser {
  readonly name: string;
  readonly email: string;
  readonly isExpired: boolean;
}

/** Alma, as far as a loader sees it: it takes files out of its folder, in no order, whole users each. */
class Alma {
  readonly users = new Map<string, AlmaUser>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  zips(): string[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder).filter((name) => name.endsWith('.zip'));
  }

  async usersOf(zip: string) {
    const files = await unzip(join(this.#folder, zip));
    return Object.values(files).flatMap(usersOf);
  }

  /** Loads a file, and takes it away or renames it, as Alma does. */
  async take(zip: string): Promise<void> {
    for (const user of await this.usersOf(zip))
      this.users.set(textAt(user, 'primary_id') ?? '', {
        name: textAt(user, 'last_name') ?? '',
        email: textAt(user, 'contact_info/emails/email/email_address') ?? '',
        isExpired: textAt(user, 'status') === 'INACTIVE',
      });
    const path = join(this.#folder, zip);
    if (zip.startsWith('staff')) await rename(path, `${path}.handled`);
    else await rm(path);
  }
}

type Row = [id: string, name: string, barcode: string, email: string];

/** The people of a campus, who change from night to night as told by chance. */
class Campus {
  readonly groups: Record<'staff' | 'student', Map<string, Row>> = { staff: new Map(), student: new Map() };
  readonly left: { group: 'staff' | 'student'; row: Row }[] = [];
  readonly #random: () => number;
  #next = 0;

  constructor(random: () => number) {
    this.#random = random;
    for (let count = 0; count < 40; count += 1) this.#enter();
  }

  /** Some come, some leave, some return, some change; some have no name, and are rejected. */
  live(): void {
    const often = (times: number, share: number, what: () => void) => {
      for (let time = 0; time < times; time += 1) if (this.#random() < share) what();
    };
    often(2, 0.5, () => this.#enter());
    often(2, 0.4, () => this.#leave());
    often(1, 0.4, () => this.#return());
    often(3, 0.4, () => this.change());
    often(1, 0.3, () => this.#change((row) => (row[1] = '')));
    often(1, 0.3, () => this.#move());
  }

  /** A user gets another name. */
  change(): void {
    this.#change((row) => (row[1] = `${row[0]} ${this.#random()}`));
  }

  /** Everybody gets their name back. */
  rest(): void {
    for (const row of this.rows()) if (row[1] === '') row[1] = row[0];
  }

  rows(): Row[] {
    return [...this.groups.staff.values(), ...this.groups.student.values()];
  }

  #enter(): void {
    const id = `p${this.#next++}`;
    this.#groupAtRandom().set(id, [id, `Name of ${id}`, `B${id}`, `${id}@example.edu`]);
  }

  #leave(): void {
    const group = this.#random() < 0.5 ? 'staff' : 'student';
    const row = this.#anyOf(this.groups[group]);
    if (!row) return;
    this.groups[group].delete(row[0]);
    this.left.push({ group, row });
  }

  #return(): void {
    const [back] = this.left.splice(Math.floor(this.#random() * this.left.length), 1);
    if (back) this.groups[back.group].set(back.row[0], back.row);
  }

  #change(how: (row: Row) => void): void {
    const row = this.#anyOf(this.#groupAtRandom());
    if (row) how(row);
  }

  #move(): void {
    const row = this.#anyOf(this.groups.staff);
    if (!row) return;
    this.groups.staff.delete(row[0]);
    this.groups.student.set(row[0], row);
  }

  #groupAtRandom(): Map<string, Row> {
    return this.#random() < 0.5 ? this.groups.staff : this.groups.student;
  }

  #anyOf(group: Map<string, Row>): Row | undefined {
    return [...group.values()][Math.floor(this.#random() * group.size)];
  }
}

const points = [
  'objects.stage#1 after',
  'objects.remove#1 after',
  'objects.remove#2 after',
  'objects.publish#1 before',
  'objects.publish#2 before',
  'objects.publish#2 after',
  'objects.publish#3 before',
  'checkpoints.save#1 after',
  'checkpoints.save#2 before',
];

/** Nights on which many may leave, and all is tried: what is looked at is who is in which file. */
async function configure(library: Library, what: 'all' | 'changed'): Promise<void> {
  await writeFile(join(library.directory, 'leavers.xml'), overlay);
  await library.configure(
    `deliver: { to: "file:./in", what: ${what}, all_every_days: 12 }`,
    'roster: beside',
    'leavers: { template: leavers.xml, after_days: 2, after_runs: 2, at_most: { share: 1 }, max_rejects: 1, trial_runs: 0 }',
    'max_rejects: 1',
    'guard: { min_people: 0, max_value_loss: 1, max_code_loss: 1, max_gone: 1, max_moved: 1, max_superseded: 1, max_element_change: 1, max_lost_identifiers: 1 }',
  );
}

const seeds = atNight(11, 12, 13, 14, 15, 16, 17, 18);

describe.each([
  ['changed', 2],
  ...atNight(['all', 4] as const),
  ...seeds.map((seed) => ['changed', seed] as const),
] as const)('forty nights on which %s users are sent, with seed %i', (what, seed) => {
  it('leave in Alma what the source has, and expire no one who is in it', async () => {
    const random = createRandom(seed);
    const library = await makeLibrary();
    await configure(library, what);
    const campus = new Campus(random);
    const alma = new Alma(join(library.directory, 'in'));
    let night = 0;
    let expired = 0;

    const load = async () => {
      night += 1;
      for (const group of ['staff', 'student'] as const)
        await library.rows(group, [...campus.groups[group].values()]);
      const now = new Date(Date.UTC(2026, 0, night, 12)).toISOString();
      const ran = await run(['load', '--now', now], { workingDirectory: library.directory });
      const present = new Set(campus.rows().map(([id]) => id));
      for (const zip of alma.zips().filter((name) => name.startsWith('leavers'))) {
        const leavers = (await alma.usersOf(zip)).map((user) => textAt(user, 'primary_id'));
        // A file of an earlier night may still be there when a run failed before its swap.
        if (ran.code === 0) expect(leavers.filter((id) => present.has(id ?? ''))).toEqual([]);
        expired += leavers.length;
      }
      return ran;
    };
    const takeAll = async () => {
      const zips = alma.zips();
      if (random() < 0.5) zips.reverse();
      for (const zip of zips) await alma.take(zip);
    };
    const expectCurrent = () => {
      for (const [id, name, , email] of campus.rows()) {
        if (name !== '') expect({ id, ...alma.users.get(id) }).toEqual({ id, name, email, isExpired: false });
      }
    };

    for (let count = 0; count < 40; count += 1) {
      if (random() < 0.85) campus.live();
      const point = points[Math.floor(random() * points.length)] ?? '';
      const stop = random() < 0.25 ? await throwAt(point, 'a fault') : () => {};
      const { code } = await load();
      stop();
      const luck = random();
      if (luck < 0.5) {
        await takeAll();
        if (code === 0) expectCurrent();
      } else if (luck < 0.75) {
        const [one] = alma.zips().sort(() => random() - 0.5);
        if (one) await alma.take(one);
      }
    }

    campus.rest();
    for (let count = 0; count < 4; count += 1) {
      // The same rows once more are no new feed.
      campus.change();
      expect(await load()).toMatchObject({ code: 0 });
      await takeAll();
    }
    expectCurrent();
    const stillThere = campus.left.filter(({ row }) => alma.users.get(row[0])?.isExpired === false);
    expect(stillThere.map(({ row }) => row[0])).toEqual([]);
    expect(expired).toBeGreaterThan(5);
  });
});
