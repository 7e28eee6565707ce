import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCommand } from '../support/command-process.ts';
import { type FeedsJob, makeFeedsJob } from '../support/feeds-job.ts';
import { type FilesBench, s3Bench, sftpBench } from '../support/files-benches.ts';
import { atNight, isNightly } from '../support/nightly.ts';

const environment = {
  AWS_ACCESS_KEY_ID: 'test-access-key',
  AWS_SECRET_ACCESS_KEY: 'test-secret-key',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const header = 'PIDM|FIRST|LAST|ECLS|EXPIRES|ZIP';
const people = Array.from({ length: 40 }, (_, at) => `9000000${10 + at}|Zoë|O'Neil "Q"|STU|31-MAY-27|01234`);
const feed = [header, ...people, 'TRAILER|40', ''].join('\r\n');
const cards = `PIDM,CARD\n${people.map((row, at) => `${row.slice(0, 9)},B${at}`).join('\n')}\n`;

const lines = (after: string) => [
  'tables:',
  '  people:',
  '    file: "PEOPLE_{YYYYMMDD}.txt"',
  '    pick: newest',
  '    marker: .done',
  `    after: ${after}`,
  '    person: PIDM',
  '    format: { delimiter: "|", quote: none, encoding: windows-1252, trailer: "TRAILER|{count}" }',
  '  cards: { file: cards.csv, marker: .done }',
  'groups:',
  '  - name: people',
  '    query: |',
  "      SELECT p.* REPLACE (strptime(EXPIRES, '%d-%b-%y')::DATE AS EXPIRES), c.CARD",
  '      FROM people p JOIN cards c USING (PIDM) ORDER BY p._line',
  '    person: PIDM',
  '    template: user.xml',
];

const early = ['cards.csv', 'cards.csv.done', 'PEOPLE_20260301.txt', 'PEOPLE_20260301.txt.done'];
const moved = ['cards.csv', 'cards.csv.done', 'done/PEOPLE_20260301.txt', 'done/PEOPLE_20260301.txt.done'];

describe.each<[string, () => Promise<FilesBench>]>([
  ['S3', s3Bench],
  // What differs between the two is in the suites of their adapters.
  ...atNight<[string, () => Promise<FilesBench>]>(['SFTP', sftpBench]),
])('a load of feeds from %s', (_, start) => {
  let bench: FilesBench;
  let job: FeedsJob;
  beforeAll(async () => {
    bench = await start();
  });
  afterAll(() => bench.stop());
  beforeEach(async () => {
    await bench.empty();
    await bench.seed('feeds/PEOPLE_20260301.txt', Buffer.from(feed, 'latin1'));
    await bench.seed('feeds/cards.csv', cards);
    for (const name of ['PEOPLE_20260301.txt.done', 'cards.csv.done']) await bench.seed(`feeds/${name}`, '');
    job = await makeFeedsJob();
  });

  const configure = (after: string) => job.configure(`source: ${bench.source}`, ...lines(after));
  const load = (day: number, options: readonly string[] = [], killAt?: string) =>
    startCommand(['load', '--now', `2026-03-0${day}T12:00:00Z`, ...options], {
      workingDirectory: job.directory,
      environment,
      ...(killAt !== undefined && { killAt }),
    }).ended;
  const left = async () => (await bench.paths()).map((path) => path.replace('feeds/', ''));
  const delivered = () => job.files('out').filter((name) => name.endsWith('.zip'));
  const sorted = (names: readonly string[]) => [...names].sort();

  it('delivers its people, and then moves its files', async () => {
    await configure('{ move_to: done }');
    const trial = await load(1, ['--dry-run']);
    expect(trial.code, trial.stdout).toBe(0);
    expect(sorted(await left())).toEqual(sorted(early));

    const { code, stdout } = await load(1);

    expect(code, stdout).toBe(0);
    expect(stdout).toContain('people: 40 read = 40 written');
    const xml = (await job.xml()).people ?? '';
    expect(xml.match(/<first_name>Zoë</g)).toHaveLength(40);
    expect(xml).toContain('<expiry_date>2027-05-31</expiry_date>');
    expect(xml).toContain('<job_description>01234</job_description>');
    expect(sorted(await left())).toEqual(sorted(moved));
    expect(await bench.read('feeds/done/PEOPLE_20260301.txt')).toContain('TRAILER|40');

    const none = await load(2);
    expect(none.stdout).toContain('No file at');
    expect(delivered()).toEqual(['people_2026-03-01_12.00.00.zip']);
  });

  it('deletes its files where it is asked to, and no others', async () => {
    await configure('delete');
    const { code, stdout } = await load(1);
    expect(code, stdout).toBe(0);
    expect(sorted(await left())).toEqual(['cards.csv', 'cards.csv.done']);
  });

  // By day the points where the servers differ; a run that dies earlier leaves the same with any.
  const points = [
    ['files.read.next#1 after', early, [], 'nightly'],
    ['objects.publish#1 before', early, [], 'nightly'],
    ['checkpoints.save#1 before', early, ['people_2026-03-01_12.00.00.zip'], 'nightly'],
    ['files.move#1 before', early, ['people_2026-03-01_12.00.00.zip'], 'daily'],
  ] as const;
  it.each(points.filter(([, , , when]) => isNightly || when === 'daily'))(
    'loses nothing when it is killed at %s: run again, it delivers and moves',
    async (killAt, files, zips) => {
      await configure('{ move_to: done }');
      expect((await load(1, [], killAt)).code).toBe(null);
      expect(sorted(await left())).toEqual(sorted(files));
      expect(delivered()).toEqual(zips);

      // The lease of the one that died is not over yet.
      const again = await load(2);

      expect(again.code, again.stdout).toBe(0);
      expect(delivered()).toEqual(['people_2026-03-02_12.00.00.zip']);
      expect(sorted(await left())).toEqual(sorted(moved));
    },
  );

  it('keeps what it had not moved yet when it is killed between a marker and its file', async () => {
    await configure('{ move_to: done }');
    expect((await load(1, [], 'files.move#2 before')).code).toBe(null);
    const kept = moved.map((name) => (name === 'done/PEOPLE_20260301.txt' ? 'PEOPLE_20260301.txt' : name));
    expect(sorted(await left())).toEqual(sorted(kept));

    // It was delivered. Without its marker it is no feed any more, and the next one is.
    const again = await load(2);
    expect(again.stdout).toContain('There is no .done file beside PEOPLE_20260301.txt');
    expect(delivered()).toEqual(['people_2026-03-01_12.00.00.zip']);
    await bench.seed('feeds/PEOPLE_20260303.txt', Buffer.from(feed, 'latin1'));
    await bench.seed('feeds/PEOPLE_20260303.txt.done', '');
    const next = await load(3);
    expect(next.code, next.stdout).toBe(0);
    expect(await left()).toContain('done/PEOPLE_20260303.txt');
  });

  it('leaves its files where they are when the guard stops it, and moves them with --held', async () => {
    await configure('{ move_to: done }');
    expect((await load(1)).code).toBe(0);
    const few = [header, ...people.slice(0, 5), 'TRAILER|5', ''].join('\r\n');
    await bench.seed('feeds/PEOPLE_20260302.txt', Buffer.from(few, 'latin1'));
    await bench.seed('feeds/PEOPLE_20260302.txt.done', '');
    const stopped = await load(2, ['--json']);
    expect(stopped.code).toBe(3);
    expect(await left()).toContain('PEOPLE_20260302.txt');

    const held = await load(3, ['--held', JSON.parse(stopped.stdout).heldAt]);

    expect(held.code, held.stdout).toBe(0);
    const names = ['PEOPLE_20260302.txt', 'PEOPLE_20260302.txt.done'].map((name) => `done/${name}`);
    expect(sorted(await left())).toEqual(sorted([...moved, ...names]));
  });

  it('says what a file is that is no feed, and leaves it there', async () => {
    await configure('delete');
    await bench.seed('feeds/PEOPLE_20260301.txt', '<!DOCTYPE html><title>Log in</title>');
    const { code, stdout } = await load(1);
    expect(code).toBe(78);
    expect(stdout).toContain('PEOPLE_20260301.txt is a web page or XML, not a table.');
    expect(sorted(await left())).toEqual(sorted(early));
    expect(delivered()).toEqual([]);
  });
});
