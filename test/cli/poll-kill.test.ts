import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pointsOf } from '../support/command-process.ts';
import { atNight, isNightly } from '../support/nightly.ts';
import { type PollerBench, startPollerBench } from '../support/poller.ts';
import { batchSize, makePolls, type Polls } from '../support/polls.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';

/**
 * How many records come twice when a poll is killed at a point; null: one batch is being sent while another is made.
 * Before a reading things are as they are after what comes before it. A point of the nightly run leaves what another does.
 */
const points: readonly (readonly [point: string, repeated: number | null, when?: 'nightly'])[] = [
  ['schemas.load#1 after', 0, 'nightly'],
  ['leases.acquire#1 before', 0, 'nightly'],
  ['leases.acquire#1 after', 0],
  ['checkpoints.load#1 after', 0, 'nightly'],
  ['records.open#1 after', 0, 'nightly'],
  ['patrons.clock#1 after', 0, 'nightly'],
  ['patrons.withoutDates#1 after', 0, 'nightly'],
  ['patrons.active#1 after', 0, 'nightly'],
  ['geocoders.geocode#1 after', 0, 'nightly'],
  ['records.write#1 before', 0, 'nightly'],
  ['records.write#1 after', batchSize],
  ['checkpoints.save#1 before', batchSize, 'nightly'],
  ['checkpoints.save#1 after', 0],
  ['patrons.active#4 after', 0, 'nightly'],
  ['geocoders.geocode#4 after', null],
  ['records.write#3 after', batchSize, 'nightly'],
  ['checkpoints.save#3 after', 0, 'nightly'],
  // From one mode to the next, and in pages of which everybody is left out.
  ['records.write#4 after', batchSize, 'nightly'],
  ['checkpoints.save#4 after', 0, 'nightly'],
  ['checkpoints.save#5 before', 0, 'nightly'],
  ['checkpoints.save#6 after', 0, 'nightly'],
  ['warehouse.byAddressHash#1 after', 0, 'nightly'],
  ['records.write#5 after', batchSize],
  ['checkpoints.save#9 after', 0, 'nightly'],
  ['checkpoints.save#10 before', 0, 'nightly'],
  ['patrons.deleted#1 after', 0, 'nightly'],
  ['warehouse.byPatronId#1 after', 0, 'nightly'],
  ['records.write#6 before', 0, 'nightly'],
  ['records.write#6 after', batchSize],
  ['checkpoints.save#11 before', batchSize, 'nightly'],
  ['checkpoints.save#11 after', 0],
  ['leases.release#1 before', 0, 'nightly'],
  ['leases.release#1 after', 0, 'nightly'],
  ['mail.send#1 before', 0, 'nightly'],
  ['mail.send#1 after', 0],
];

/** `records.write` of `records.write#2 after`. */
const methodOf = (point: string) => point.split('#')[0] ?? '';

const preset = resolve(import.meta.dirname, '../../presets/patron-info-poller');

let bench: PollerBench;
let smtp: TestSmtpServer;
let polls: Polls;
beforeAll(async () => {
  [bench, smtp] = await Promise.all([startPollerBench(), startSmtpServer({ withoutTls: true })]);
});
afterAll(async () => {
  await Promise.all([bench.stop(), smtp.stop()]);
});
beforeEach(async () => {
  polls = await makePolls(bench, { PATRON_INFO_SCHEMA_URL: `file:${join(preset, 'patron-info.avsc')}` });
});
afterEach(async () => {
  bench.census.heal();
  await polls.close();
});

describe('kill -9 of a poll', () => {
  it('loses no patron, and at most one batch comes twice', { timeout: 600_000 }, async () => {
    // The preset sends no mail; here it does.
    const mail = `mail: { via: "smtp://127.0.0.1:${smtp.port}", smtp: { tls: disable }, from: a@b.example, to: c@d.example }`;
    const yaml = await readFile(join(preset, 'patronflow.yaml'), 'utf8');
    await writeFile(join(polls.poller.directory, 'mailed.yaml'), `${yaml}\n${mail}\n`);
    const config = ['--config', 'mailed.yaml'];

    const undisturbed = await pointsOf((more) => polls.pollApart(config, more));
    const methods = new Set(points.map(([point]) => methodOf(point)));
    const missed = undisturbed.map(methodOf).filter((method) => !methods.has(method));
    expect(missed.filter((method) => !/\.(close|census)$/.test(method))).toEqual([]);

    for (const [point, repeated, when] of points) {
      if (when && !isNightly) continue;
      await polls.startOver();
      const mails = smtp.messages.length;
      expect((await polls.pollApart(config, { killAt: point })).code, point).toBeNull();
      const { code, stdout } = await polls.poll(config);
      expect(code, `after ${point}: ${stdout}`).toBe(0);
      const compared = polls.compareAll();
      const expected = repeated ?? (compared.repeated === 0 ? 0 : batchSize);
      expect(compared, point).toEqual({ missing: 0, repeated: expected, wrong: [] });
      expect(smtp.messages.length - mails, point).toBe(point === 'mail.send#1 after' ? 2 : 1);
      // A third run has nothing to do.
      const before = polls.arrived();
      expect((await polls.poll(config)).code, point).toBe(0);
      expect(polls.arrived(), point).toBe(before);
    }
  });

  it.each(['after', ...atNight('before')])(
    '%s the renewal of its lease does not block the next poll',
    async (when) => {
      // It takes longer than until the first renewal.
      bench.census.delayMs = 1500;
      const killed = await polls.pollApart([], { killAt: `leases.renew#1 ${when}`, clockSpeed: 30 });
      expect(killed.code).toBeNull();
      bench.census.heal();
      expect((await polls.poll()).code).toBe(0);
      const { repeated, ...compared } = polls.compareAll();
      expect(compared).toEqual({ missing: 0, wrong: [] });
      expect(repeated).toBeLessThanOrEqual(batchSize);
    },
  );
});
