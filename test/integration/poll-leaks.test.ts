import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessOptions } from '../support/command-process.ts';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { type SentryServer, startSentryServer } from '../support/sentry-server.ts';
import { expectNoMarks, filesBelow, mailText, type Shown } from '../support/shown.ts';
import { putPatrons } from '../support/sierra.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';
import { throwAt } from '../support/throw-at.ts';

const preset = resolve(import.meta.dirname, '../../presets/patron-info-poller');

// Each stands for something that must not appear in a log, a report or an error.
const marks = {
  id: 480123987,
  street: '77 Geheimweg',
  city: 'Verstecktburg',
  region: 'Hinterland',
  zip: '98765-4321',
  password: 'Sesam-oeffne-dich',
  reader: 'leserin@heimlich.example',
};

let bench: PollerBench;
let smtp: TestSmtpServer;
let sentry: SentryServer;
let poller: Poller;
beforeAll(async () => {
  [bench, smtp, sentry] = await Promise.all([startPollerBench(), startSmtpServer(), startSentryServer()]);
});
afterAll(async () => {
  await Promise.all([bench.stop(), smtp.stop(), sentry.stop()]);
});
beforeEach(async () => {
  poller = await makePoller(bench);
  const { id, street, city, region, zip } = marks;
  await putPatrons(poller.database, [
    { id, addresses: [{ street, city, region, zip }] },
    { id: id + 1, created: '2010-01-01', updated: '2026-01-05', addresses: [{ street, city, region, zip }] },
    { id: id + 2, created: '2010-01-01', deleted: '2026-01-05' },
  ]);
  // The preset sends no mail; here every run is mailed.
  const yaml = await readFile(join(preset, 'patronflow.yaml'), 'utf8');
  const mail = `{ via: "smtp://127.0.0.1:${smtp.port}", smtp: { tls: no-verify }, from: a@b.example, to: ${marks.reader} }`;
  await writeFile(join(poller.directory, 'told.yaml'), `${yaml}\nmail: ${mail}\n`);
});
afterEach(async () => {
  await poller.close();
  bench.census.heal();
  bench.kinesis.heal();
  bench.s3.heal();
  delete smtp.refuse.sender;
});

const now = ['--config', 'told.yaml', '--now', '2026-02-01T12:00:00Z', '--report', 'report.html'];

/** Polls, in this process or as one of its own, and looks at all that it leaves for people to see. */
async function outputs(
  more: Record<string, string> = {},
  args: readonly string[] = now,
  apart?: Partial<ProcessOptions>,
): Promise<{ code: number | null; shown: Shown }> {
  const [mails, events] = [smtp.messages.length, sentry.envelopes.length];
  const variables = {
    PATRON_INFO_SCHEMA_URL: `file:${join(preset, 'patron-info.avsc')}`,
    SENTRY_DSN: sentry.dsn,
    ...more,
  };
  const ended = apart ? await poller.start(args, variables, apart).ended : await poller.poll(args, variables);
  const envelopes = sentry.envelopes.slice(events).join('\n');
  const shown = {
    'the log': ended.stderr,
    'the report': ended.stdout,
    'the page': await readFile(join(poller.directory, 'report.html'), 'utf8').catch(() => ''),
    'the mail': mailText(smtp.messages.slice(mails).map(({ raw }) => raw)).replaceAll(
      `To: ${marks.reader}`,
      '',
    ),
    // An envelope is addressed by its DSN.
    Sentry: envelopes.replaceAll(sentry.dsn, '').replaceAll(sentry.key, ''),
  };
  return { code: ended.code, shown };
}

function expectClean(shown: Shown): void {
  const { environment, database } = poller;
  const { id, ...texts } = marks;
  const ids = [id, id + 1, id + 2].map(String);
  const secrets = [
    environment.BCRYPT_SALT?.slice(7),
    environment.GEOCODER_API_KEY,
    environment.AWS_SECRET_ACCESS_KEY,
    database.password,
    sentry.key,
  ];
  expectNoMarks(shown, [...Object.values(texts), ...ids, ...secrets.filter((each) => each !== undefined)]);
}

describe('no output of a poll', () => {
  it('holds personal data or a secret when all goes well', async () => {
    const { code, shown } = await outputs();
    expect(code).toBe(0);
    expect(shown['the report']).toContain('Sent: 3 records.');
    expect(shown['the mail']).toContain('Sent: 3 records.');
    expectClean(shown);
  });

  it('holds any as JSON', async () => {
    const { code, shown } = await outputs({}, [...now, '--json']);
    expect(code).toBe(0);
    expectClean(shown);
  });

  it.each([
    ['Kinesis refuses', () => bench.kinesis.fail({ status: 400, code: 'AccessDeniedException' }), 78],
    ['the geocoder refuses', () => bench.census.fail({ status: 400 }), 78],
    ['the state cannot be read', () => bench.s3.fail('GetObject', { status: 403, code: 'AccessDenied' }), 78],
  ])('holds any when %s', async (_, breakIt, expected) => {
    breakIt();
    const { code, shown } = await outputs();
    expect(code).toBe(expected);
    expect(shown.Sentry).toContain('message');
    expect(shown['the mail']).toContain('FAILED');
    expectClean(shown);
  });

  it('holds any when a query fails, a value cannot be cast or a table is not there', async () => {
    await poller.database.query('ALTER TABLE patron_info RENAME COLUMN geoid TO tract');
    const { code, shown } = await outputs();
    expect(code).toBe(78);
    expectClean(shown);
    await poller.database.query(
      `ALTER TABLE sierra_view.patron_record_address ALTER postal_code TYPE int USING 1;
       ALTER TABLE sierra_view.patron_record_address DROP COLUMN city`,
    );
    const second = await outputs();
    expect(second.code).toBe(78);
    expectClean(second.shown);
  });

  it('holds any when the password is wrong, or the salt', async () => {
    const wrong = await outputs({ SIERRA_DB_PASSWORD: marks.password });
    expect(wrong.code).toBe(78);
    expectClean(wrong.shown);
    const salt = await outputs({ BCRYPT_SALT: marks.password });
    expect(salt.code).toBe(78);
    expectClean(salt.shown);
  });

  it('holds any when the mail server refuses', async () => {
    smtp.refuse.sender = 550;
    const { code, shown } = await outputs();
    expect(code).toBe(78);
    expect(shown['the log']).toContain('The report could not be mailed.');
    expectClean(shown);
  });

  it('holds any of a schema that is asked for with a key, and of the copy that is kept', async () => {
    const schema = await readFile(join(preset, 'patron-info.avsc'), 'utf8');
    const registry = createServer((_, answer) => void answer.end(schema));
    await once(registry.listen(0, '127.0.0.1'), 'listening');
    const { port } = registry.address() as AddressInfo;
    const url = { PATRON_INFO_SCHEMA_URL: `http://127.0.0.1:${port}/schema?key=${marks.password}` };
    const first = await outputs(url, now, {});
    registry.closeAllConnections();
    await new Promise((resolve) => registry.close(resolve));
    const kept = await filesBelow(join(poller.directory, '.cache'));
    expect(Object.keys(kept)).toHaveLength(1);
    const second = await outputs(url, now, { clockSpeed: 10 });
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.shown['the log']).toContain('The schema of an earlier run is used.');
    expectClean({ ...first.shown, ...kept });
    expectClean(second.shown);
  });

  it.each([
    'schemas.load#1 after',
    'checkpoints.load#1 before',
    'patrons.clock#1 after',
    'patrons.active#1 after',
    'geocoders.geocode#1 before',
    'warehouse.byAddressHash#1 after',
    'records.write#1 before',
    'checkpoints.save#1 after',
    'mail.send#1 before',
  ])('holds any when an adapter throws an unexpected error: %s', async (point) => {
    const message = Object.values(marks).join(' ');
    await throwAt(point, message);
    const { code, shown } = await outputs();
    expect(code, shown['the report']).toBe(70);
    expect(shown['the log']).toContain('Unexpected error (Error).');
    // The log says where it came from, so that it can be fixed.
    expect(shown['the log']).toContain('test/support/preload/watched-port.js');
    expect(shown.Sentry).toContain('UNEXPECTED');
    expectClean(shown);
  });
});
