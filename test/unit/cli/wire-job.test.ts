import { describe, expect, it } from 'vitest';
import { type RunChoices, wireJob, wireObfuscator } from '../../../src/cli/wire-poll.ts';
import { type PollConfig, pollSchema } from '../../../src/config/poll-schema.ts';

const salt = '$2a$04$8AvAPrrUsmlBa50qgc683e';
const config = (change: Record<string, unknown> = {}): PollConfig =>
  pollSchema.parse({
    job: 'poll',
    sierra: { url: 'postgres://sierra:1032/iii' },
    obfuscation: { salt },
    geocoding: { geocoders: [] },
    schema: 'https://platform/schema',
    records: { discard: true },
    checkpoint: { ignored: true },
    ...change,
  });
const now = new Date('2026-03-01T12:00:00Z');
const job = (change: Record<string, unknown> = {}, choices: Partial<RunChoices> = {}) =>
  wireJob(config(change), { now, isReplay: false, dryRun: false, acceptChange: false, ...choices });

describe('the job of a configuration', () => {
  it('has all modes, and no end', () => {
    expect(job()).toMatchObject({
      title: 'Patronflow poll',
      now,
      isReplay: false,
      dryRun: false,
      modes: ['new', 'updated', 'deleted'],
      zone: 'America/New_York',
      safetyLagMs: 60_000,
      since: null,
      onOutage: 'stop',
      maxPatrons: { new: Infinity, updated: Infinity, deleted: Infinity },
    });
  });

  it('begins where the configuration says, in its zone', () => {
    expect(job().start).toEqual({
      new: { at: '2020-01-01 05:00:00.000000', id: '' },
      updated: { at: '2020-01-01 05:00:00.000000', id: '' },
      deleted: { at: '2020-01-01', id: '' },
      sentAsNew: [],
    });
    const start = {
      creation: '2026-07-01',
      update: '2026-07-01T12:00:00.5+02:00',
      deletion: '2026-07-02 00:00',
    };
    expect(job({ time_zone: 'Europe/Berlin', start }).start).toMatchObject({
      new: { at: '2026-06-30 22:00:00.000000' },
      updated: { at: '2026-07-01 10:00:00.500000' },
      deleted: { at: '2026-07-02' },
    });
  });

  it.each([
    [undefined, undefined, Infinity],
    [3, undefined, 3],
    [0, undefined, 1],
    [1, undefined, 1],
    [undefined, 2, 2],
    [9, 2, 2],
  ])('reads so many batches of a mode: configured %s, asked for %s', (max, maxBatches, expected) => {
    const { maxPatrons } = job({ batches: { active: 10, deleted: 20, max } }, { maxBatches });
    expect(maxPatrons).toEqual({ new: 10 * expected, updated: 10 * expected, deleted: 20 * expected });
  });

  it('reads a batch in pages that fit into memory, and still counts by batches', () => {
    const { pageSize, maxPatrons } = job({ batches: { active: 50, deleted: 500_000, max: 2 } });
    expect(pageSize.new).toBe(50);
    expect(pageSize.updated).toBe(50);
    expect(pageSize.deleted).toBeGreaterThanOrEqual(1000);
    expect(pageSize.deleted).toBeLessThanOrEqual(10_000);
    expect(maxPatrons.deleted).toBe(1_000_000);
  });

  it.each<[boolean | string, RunChoices['modes'], string[]]>([
    [false, undefined, ['new', 'updated', 'deleted']],
    ['True', undefined, ['new']],
    ['true', undefined, ['new', 'updated', 'deleted']],
    [false, ['deleted', 'new'], ['new', 'deleted']],
    [true, ['updated'], ['updated']],
  ])('looks at modes in their order: backfill %s, asked for %j', (backfill, modes, expected) => {
    expect(job({ backfill }, { modes }).modes).toEqual(expected);
  });

  it('begins elsewhere, is a dry run and replays when it is asked to', () => {
    expect(job({}, { since: '2026-02-01', dryRun: true, isReplay: true })).toMatchObject({
      since: '2026-02-01 05:00:00.000000',
      dryRun: true,
      isReplay: true,
    });
  });
});

describe('the obfuscator of a configuration', () => {
  const { signal } = new AbortController();
  const long = 'a'.repeat(80);

  it.each([
    ['truncate', 'yulxPVllpy.D1XQZWPt.XH7Sbh4baXu'],
    ['reject', null],
  ])('hashes with the salt, and treats long texts as it says: %s', async (long_input, expected) => {
    const obfuscator = wireObfuscator(config({ obfuscation: { salt, long_input } }), 2);
    expect(await obfuscator.obfuscate(['id____', long], signal)).toEqual([
      'kBI7wQUgBXjQZsd1sggNgRU9X/olraG',
      expected,
    ]);
  });

  it('is keyed where that was chosen', async () => {
    const obfuscation = { method: 'hmac-sha256', key: 'c2b7f0a914e86d355a19d0be7843f62c' };
    const [hash] = await wireObfuscator(config({ obfuscation }), 2).obfuscate([long], signal);
    // openssl dgst -sha256 -hmac, of the same text and key.
    expect(hash).toBe('695927eefb3f79d7b9affc36c371e30ca05d8860669ee46f45a4449da93338e1');
  });
});
