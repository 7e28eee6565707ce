import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { header, type Library, makeLibrary, twenty } from '../support/library.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { type S3Server, startS3Server, useTestCredentials } from '../support/s3-server.ts';
import { type SentryServer, startSentryServer } from '../support/sentry-server.ts';
import { type SftpTestServer, sftpAccount, startSftpServer } from '../support/sftp-server.ts';
import { expectNoMarks, filesBelow, mailText, type Shown } from '../support/shown.ts';
import { mayMount, smallDisk } from '../support/small-disk.ts';
import { smtpAccount, startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';
import { throwAt } from '../support/throw-at.ts';

// Each stands for something that must not appear in a log, a report or an error.
const person = {
  login: 'geheimlogin77',
  name: 'Verstecktmeier',
  barcode: 'GEHEIM4711',
  email: 'verborgen@heimlich.example',
};
const marked = [person.login, person.name, person.barcode, person.email];
const awsSecret = 'aws-Secret/Sesam+4711';
const wrongPassword = 'Falsches/Sesam%20auf';

let postgres: TestPostgres;
let s3: S3Server;
let sftp: SftpTestServer;
let smtp: TestSmtpServer;
let sentry: SentryServer;
let database: TestDatabase;
let library: Library;

beforeAll(async () => {
  useTestCredentials();
  [postgres, s3, sftp, smtp, sentry] = await Promise.all([
    startPostgres(),
    startS3Server(),
    startSftpServer(),
    startSmtpServer({ withLogin: true }),
    startSentryServer(),
  ]);
  s3.createBucket('alma');
});
afterAll(async () => {
  await Promise.all([postgres.stop(), s3.stop(), sftp.stop(), smtp.stop(), sentry.stop()]);
});
beforeEach(async () => {
  database = await postgres.freshDatabase();
  library = await makeLibrary();
  await library.rows('staff', [...twenty, marked]);
});
afterEach(async () => {
  await database.close();
  s3.heal();
  sftp.fault = () => undefined;
  Object.assign(smtp.refuse, { sender: undefined, recipient: undefined, login: undefined });
});

/** Everything is told to everybody, at debug level. */
async function configure(...lines: string[]): Promise<void> {
  const { user, password } = smtpAccount;
  const account = `user: ${user}, password: ${password}, from: ${user}, to: staff.member@library.example`;
  await library.configure(
    `mail: { via: "smtp://127.0.0.1:${smtp.port}", smtp: { tls: no-verify }, ${account} }`,
    `sentry: { dsn: "${sentry.dsn}" }`,
    'log: { level: debug }',
    'report: { file: report.html }',
    'max_rejects: 0.5',
    ...lines,
  );
}

/** Runs the load, and looks at all that it leaves for people to see. */
async function show(args: readonly string[] = []): Promise<{ code: number; shown: Shown }> {
  const { directory } = library;
  const [mails, events] = [smtp.messages.length, sentry.envelopes.length];
  const environment = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: awsSecret };
  const ended = await run(['load', ...args], { workingDirectory: directory, environment });
  const envelopes = sentry.envelopes.slice(events).join('\n');
  const shown = {
    'the log': ended.stderr,
    'the report': ended.stdout,
    'the page': await readFile(join(directory, 'report.html'), 'utf8').catch(() => ''),
    'the mail': mailText(smtp.messages.slice(mails).map(({ raw }) => raw)),
    // An envelope is addressed by its DSN.
    Sentry: envelopes.replaceAll(sentry.dsn, '').replaceAll(sentry.key, ''),
    ...(await filesBelow(join(directory, 'out-ledger'))),
    ...(await filesBelow(join(directory, 'work'))),
  };
  return { code: ended.code, shown };
}

function expectClean(shown: Shown, more: readonly string[] = []): void {
  const secrets = [
    database.password,
    sftpAccount.password,
    smtpAccount.password,
    sentry.key,
    awsSecret,
    wrongPassword,
  ];
  expectNoMarks(shown, [...marked, ...secrets, ...more]);
}

const fromPostgres = (password = database.password) =>
  `{ url: "${database.url}", user: "${database.user}", password: "${password}" }`;

async function changeSource(source: string): Promise<void> {
  const file = join(library.directory, 'patronflow.yaml');
  const yaml = await readFile(file, 'utf8');
  await writeFile(file, yaml.replace(/^source: .*$/m, `source: ${source}`));
}

async function makeTables(people: string): Promise<void> {
  await database.query('CREATE TABLE student (login text, name text, barcode text, email text)');
  await database.query("INSERT INTO student VALUES ('s1', 'Student', 'sb1', 's1@example.edu')");
  await database.query('CREATE TABLE raw (login text, name text, barcode text, email text)');
  await database.query(
    "INSERT INTO raw SELECT 'p' || n, 'Name', 'b' || n, 'p@example.edu' FROM generate_series(1, 3000) AS n",
  );
  await database.query(`INSERT INTO raw VALUES ('${marked.join("', '")}')`);
  await database.query(`CREATE VIEW staff AS ${people}`);
}

const deliverToSftp = (password: string, folder = 'in') =>
  `deliver: { to: "sftp://${sftpAccount.user}@${sftp.host}:${sftp.port}/${folder}", sftp: { password: "${password}", host_key: "${sftp.hostKey}" } }`;

describe('no output of a load holds a value of a record or a secret', () => {
  it('when all goes well, as text, page, mail and JSON', async () => {
    await configure();
    const { code, shown } = await show();
    expect(code).toBe(0);
    expect(shown['the mail']).toContain('21 read = 21 written');
    expect(Object.keys(shown).some((place) => place.endsWith('ledger.json'))).toBe(true);
    expectClean(shown);
    const json = await show(['--json', '--dry-run']);
    expect(JSON.parse(json.shown['the report'] ?? '')).toMatchObject({ outcome: 'dry_run' });
    expectClean(json.shown);
  });

  it('of rows that are rejected, cut, cleaned, doubled or cannot be read', async () => {
    await configure();
    const { login, name, barcode, email } = person;
    const lines = [
      header.join(),
      [login, name, barcode, email].join(),
      [login, name, barcode, email].join(),
      [`${login}2`, `${name}\u0000\u0007\ufffe`, barcode, email].join(),
      [`${login}3`, '', `${barcode}3`, email].join(),
      [`${login}4`, name, `${barcode}${'9'.repeat(300)}`, email].join(),
      [`${login}5`, name.repeat(200), `${barcode}5`, email].join(),
      [`${login}6`, name].join(),
      [`${login}7`, name, `${barcode}7`, email, name, name].join(),
      ...twenty.map((each) => each.join()),
    ];
    await writeFile(join(library.directory, 'data/staff.csv'), `${lines.join('\n')}\n`);
    const { code, shown } = await show();
    expect(code).toBe(0);
    expect(shown['the report']).toContain('28 read = 22 written + 1 duplicate + 5 rejected');
    expectClean(shown);
  });

  it.each([
    ['a quote that is not closed', `${header.join()}\n"${marked.join()}\n`, 3],
    ['a header that is a person', `${marked.join()}\n${marked.join()}\n`, 78],
    ['bytes that are no UTF-8', Buffer.from(`${header.join()}\n${marked.join()}\u00fc\n`, 'latin1'), 78],
  ])('of a CSV file with %s', async (_, content, expected) => {
    await configure();
    await writeFile(join(library.directory, 'data/staff.csv'), content);
    const { code, shown } = await show();
    expect(code).toBe(expected);
    expectClean(shown);
  });

  it.each([
    ['of PostgreSQL', 'SELECT * FROM raw', 0],
    [
      'of a query that fails over a value, which PostgreSQL quotes',
      `SELECT login, CASE WHEN login = '${person.login}' THEN name::int::text ELSE name END AS name, barcode, email FROM raw`,
      78,
    ],
    ['of a table that has other columns', 'SELECT login, name AS surname, barcode, email FROM raw', 78],
  ])('%s', async (_, people, expected) => {
    await makeTables(people);
    await configure();
    await changeSource(fromPostgres());
    const { code, shown } = await show();
    expect(code, shown['the report']).toBe(expected);
    expectClean(shown);
  });

  it('when the guard stops, but for the files that it holds for a person to look at', async () => {
    await configure();
    expect((await show()).code).toBe(0);
    await library.rows('staff', [marked]);
    const { code, shown } = await show();
    expect(code).toBe(3);
    expect(shown.Sentry).toContain('GUARD_STOPPED');
    const isHeld = ([place]: [string, string]) => place.includes('patronflow-held-');
    expectClean(Object.fromEntries(Object.entries(shown).filter((each) => !isHeld(each))));
  });

  it.each<[string, () => string[] | Promise<string[]>, number]>([
    [
      'a folder that is a file',
      async () => {
        await writeFile(join(library.directory, 'file'), '');
        return ['deliver: { to: "file:./file/in" }'];
      },
      78,
    ],
    [
      'S3 that denies access',
      () => {
        s3.fail('CreateUpload', { status: 403, code: 'AccessDenied' });
        return [`deliver: { to: "s3://alma/in", s3: { endpoint: "${s3.endpoint}" } }`];
      },
      78,
    ],
    [
      'S3 that fails in the swap',
      () => {
        s3.fail('CompleteUpload', { status: 403, code: 'AccessDenied' });
        return [`deliver: { to: "s3://alma/swap", s3: { endpoint: "${s3.endpoint}" } }`];
      },
      78,
    ],
    [
      'an SFTP server that denies access',
      () => {
        sftp.fault = (request) => (request === 'OPEN' ? 'denied' : undefined);
        return [deliverToSftp(sftpAccount.password)];
      },
      78,
    ],
    [
      'an SFTP server that is full',
      () => {
        sftp.fault = (request) => (request === 'WRITE' ? 'no-space' : undefined);
        return [deliverToSftp(sftpAccount.password)];
      },
      69,
    ],
    ['an SFTP server with another password', () => [deliverToSftp(wrongPassword)], 78],
  ])('when the store is %s', async (_, store, expected) => {
    await configure(...(await store()));
    const { code, shown } = await show();
    expect(code, shown['the report']).toBe(expected);
    expect(shown.Sentry).not.toBe('');
    expect(shown['the mail']).toContain('FAILED');
    expectClean(shown);
  });

  it('when the database has another password, in a run and in a check', async () => {
    await makeTables('SELECT * FROM raw');
    await configure();
    for (const source of [
      fromPostgres(wrongPassword),
      `{ url: "${database.url.replace('://', `://x:${encodeURIComponent(wrongPassword)}@`)}" }`,
    ]) {
      await changeSource(source);
      const { code, shown } = await show();
      expect(code, shown['the report']).toBe(78);
      expectClean(shown);
      const check = await run(['check'], { workingDirectory: library.directory });
      expectClean({ 'the check': check.stdout, 'its log': check.stderr });
    }
  });

  it.each<[string, () => void]>([
    ['refuses the sender', () => Object.assign(smtp.refuse, { sender: 550 })],
    [
      'refuses a recipient',
      () => Object.assign(smtp.refuse, { recipient: { containing: 'staff.member', answer: 550 } }),
    ],
    ['refuses the login', () => Object.assign(smtp.refuse, { login: 535 })],
  ])('when the mail server %s, in words that name people', async (_, refuse) => {
    await configure();
    refuse();
    const { code, shown } = await show();
    expect(code).toBe(78);
    expect(shown['the log']).toContain('The report could not be mailed.');
    expectClean(shown, ['staff.member@library.example']);
  });

  it.skipIf(!mayMount)('when the disk is full', async () => {
    const disk = await smallDisk(32);
    await configure(`work_directory: ${disk}`);
    const crowd = Array.from({ length: 5000 }, (_, index) =>
      marked.map((value) => `${value}${index * 7919}`),
    );
    await library.rows('staff', crowd);
    const { code, shown } = await show();
    expect(code).toBe(69);
    expect(shown['the report']).toContain('The disk is full');
    expectClean({ ...shown, ...(await filesBelow(disk)) });
  });

  it.each([
    ['leases.acquire#1 before', 70],
    ['rows.columns#1 after', 70],
    ['checkpoints.load#1 after', 70],
    ['rows.rows.next#1 after', 70],
    ['objects.stage#1 before', 70],
    ['objects.publish#1 before', 70],
    ['checkpoints.save#1 before', 0],
    ['mail.send#1 before', 70],
  ])('when an adapter throws an unexpected error: %s', async (point, expected) => {
    await configure();
    const message = [...marked, sftpAccount.password].join(' ');
    await throwAt(point, message);
    const { code, shown } = await show();
    expect(code, shown['the report']).toBe(expected);
    expect(shown['the log']).toContain('Unexpected error (Error).');
    // The log says where it came from, so that it can be fixed; a ledger that cannot be saved is a warning.
    if (code !== 0) expect(shown['the log']).toContain('test/support/preload/watched-port.js');
    expectClean(shown);
  });
});
