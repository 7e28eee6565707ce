import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pointsOf } from '../support/command-process.ts';
import { atNight, isNightly } from '../support/nightly.ts';
import { makeNights } from '../support/nights.ts';
import { folderBench, type ObjectsBench, s3Bench, sftpBench } from '../support/objects-benches.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';

/** What a reader of the store finds for staff and student: the files of the night before, of the night that was killed, or none. */
type Seen = 'old' | 'new' | 'none';
/** A point of the nightly run leaves what one of the others does: that behind the effect before it, or that of the folder. */
type Points = readonly (readonly [point: string, staff: Seen, student: Seen, when?: 'nightly'])[];

const folderPoints: Points = [
  ['leases.acquire#1 before', 'old', 'old', 'nightly'],
  ['leases.acquire#1 after', 'old', 'old'],
  ['rows.columns#1 before', 'old', 'old', 'nightly'],
  ['rows.columns#2 after', 'old', 'old', 'nightly'],
  ['checkpoints.load#1 before', 'old', 'old', 'nightly'],
  ['checkpoints.load#1 after', 'old', 'old', 'nightly'],
  ['objects.sweep#1 before', 'old', 'old', 'nightly'],
  ['objects.sweep#1 after', 'old', 'old', 'nightly'],
  ['rows.rows#1 before', 'old', 'old', 'nightly'],
  ['rows.rows.next#1 before', 'old', 'old', 'nightly'],
  ['rows.rows.next#1 after', 'old', 'old', 'nightly'],
  ['rows.rows.next#4 after', 'old', 'old', 'nightly'],
  ['objects.stage#1 before', 'old', 'old', 'nightly'],
  ['objects.stage#1 after', 'old', 'old', 'nightly'],
  ['objects.stage#2 after', 'old', 'old'],
  ['objects.list#1 before', 'old', 'old', 'nightly'],
  ['objects.list.next#1 before', 'old', 'old', 'nightly'],
  ['objects.list.next#1 after', 'old', 'old', 'nightly'],
  ['objects.remove#1 before', 'old', 'old', 'nightly'],
  ['objects.remove#1 after', 'none', 'old'],
  ['objects.publish#1 before', 'none', 'old', 'nightly'],
  ['objects.publish#1 after', 'new', 'old'],
  ['objects.remove#2 before', 'new', 'old', 'nightly'],
  ['objects.remove#2 after', 'new', 'none'],
  ['objects.publish#2 before', 'new', 'none', 'nightly'],
  ['objects.publish#2 after', 'new', 'new', 'nightly'],
  ['checkpoints.save#1 before', 'new', 'new', 'nightly'],
  ['checkpoints.save#1 after', 'new', 'new'],
  ['leases.release#1 before', 'new', 'new', 'nightly'],
  ['leases.release#1 after', 'new', 'new', 'nightly'],
  ['mail.send#1 before', 'new', 'new', 'nightly'],
  ['mail.send#1 after', 'new', 'new'],
];

/** Where another store might leave something else than a folder does. */
const storePoints: Points = [
  ['objects.stage#1 after', 'old', 'old', 'nightly'],
  ['objects.stage#2 after', 'old', 'old', 'nightly'],
  ['objects.remove#1 after', 'none', 'old', 'nightly'],
  ['objects.publish#1 after', 'new', 'old'],
  ['objects.remove#2 after', 'new', 'none', 'nightly'],
  ['objects.publish#2 after', 'new', 'new', 'nightly'],
  ['checkpoints.save#1 after', 'new', 'new', 'nightly'],
];

/** Points that leave what the ones beside them do: ends of a list, and of the adapters. */
const isSpared = (point: string) => /\.close#|^rows\.(columns|rows)#/.test(point);

/** `objects.publish after` of `objects.publish#2 after`. */
const kindOf = (point: string) => point.replace(/#\d+/, '');

const benches: readonly (readonly [string, () => Promise<ObjectsBench>, Points])[] = [
  ['a folder', folderBench, folderPoints],
  ['S3', () => s3Bench(), storePoints],
  ['an SFTP server', sftpBench, storePoints],
];

describe.each(benches)('kill -9 of a load to %s', (_, startBench, points) => {
  let bench: ObjectsBench;
  let smtp: TestSmtpServer;
  beforeAll(async () => {
    [bench, smtp] = await Promise.all([startBench(), startSmtpServer({ withoutTls: true })]);
  });
  afterAll(async () => {
    await Promise.all([bench.stop(), smtp.stop()]);
  });

  it('leaves old files or new ones, and the next run heals all', { timeout: 600_000 }, async () => {
    const mail = `{ via: "smtp://127.0.0.1:${smtp.port}", smtp: { tls: disable }, from: a@b.example, to: c@d.example }`;
    const nights = await makeNights(bench, { lines: [`mail: ${mail}`] });
    let night = 1;
    const undisturbed = await pointsOf((more) => nights.loadApart(night, more));
    const kinds = new Set(points.map(([point]) => kindOf(point)));
    const missed = undisturbed.filter((point) => !kinds.has(kindOf(point)) && !isSpared(point));
    if (points === folderPoints) expect(missed).toEqual([]);

    for (const [point, staff, student, when] of points) {
      if (when && !isNightly) continue;
      const lastNight = night;
      night += 1;
      const killed = await nights.loadApart(night, { killAt: point });
      expect(killed.code, point).toBeNull();
      const nightOf = { old: lastNight, new: night, none: null };
      expect(await nights.delivered(), point).toEqual({ staff: nightOf[staff], student: nightOf[student] });
      const { staged } = await nights.leftovers();

      night += 1;
      const mails = smtp.messages.length;
      const { code, stdout, stderr } = await nights.load(night);
      expect(code, `after ${point}: ${stdout}`).toBe(0);
      expect(await nights.delivered(), point).toEqual({ staff: night, student: night });
      expect(await nights.leftovers(), point).toEqual({ staged: 0, work: [] });
      // The log says what was swept, and with it the mail.
      const said = [stderr, textOf(smtp.messages[mails]?.raw)];
      const swept = said.map((text) => text.includes('Removed staged files of an interrupted run.'));
      expect(swept, point).toEqual([staged > 0, staged > 0]);
    }
  });
});

/** Lines that a mail breaks are put together again. */
function textOf(mail = ''): string {
  return mail.replaceAll('=\r\n', '');
}

it.each(['before', 'after'])('a death %s a staged file is discarded leaves old files', async (when) => {
  const bench = await s3Bench();
  onTestFinished(() => bench.stop());
  const nights = await makeNights(bench);
  expect((await nights.load(1)).code).toBe(0);
  const throwAt = { point: 'objects.stage#2 before', message: 'the second file cannot be staged' };
  const killed = await nights.loadApart(2, { throwAt, killAt: `objects.discard#1 ${when}` });
  expect(killed.code).toBeNull();
  expect(await nights.delivered()).toEqual({ staff: 1, student: 1 });
  expect((await nights.leftovers()).staged).toBe(when === 'before' ? 1 : 0);
  expect((await nights.load(3)).code).toBe(0);
  expect(await nights.delivered()).toEqual({ staff: 3, student: 3 });
  expect(await nights.leftovers()).toEqual({ staged: 0, work: [] });
});

it('a death between two zips of one group leaves a part of it, until the next run', async () => {
  const bench = await folderBench();
  onTestFinished(() => bench.stop());
  const nights = await makeNights(bench, { people: 60, lines: ['output: { users_per_file: 1 }'] });
  expect((await nights.load(1)).code).toBe(0);
  expect((await nights.loadApart(2, { killAt: 'objects.publish#1 after' })).code).toBeNull();
  expect(await nights.delivered()).toEqual({ staff: '50 users for 60 people', student: 1 });
  expect((await nights.load(3)).code).toBe(0);
  expect(await nights.delivered()).toEqual({ staff: 3, student: 3 });
});

it.each(['after', ...atNight('before')])(
  'a death %s the renewal of the lease does not block the next run',
  async (when) => {
    const bench = await folderBench();
    onTestFinished(() => bench.stop());
    // It takes longer than until the first renewal.
    const nights = await makeNights(bench, { people: 5000 });
    expect((await nights.load(1)).code).toBe(0);
    const killed = await nights.loadApart(2, { killAt: `leases.renew#1 ${when}`, clockSpeed: 300 });
    expect(killed.code).toBeNull();
    for (const seen of Object.values(await nights.delivered())) expect([null, 1, 2]).toContain(seen);
    expect((await nights.load(3)).code).toBe(0);
    expect(await nights.delivered()).toEqual({ staff: 3, student: 3 });
  },
);
