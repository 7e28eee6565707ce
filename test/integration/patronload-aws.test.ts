import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { csvOf, inventPeople } from '../../src/demo/invented-people.ts';
import { run, temporaryDirectory } from '../support/command.ts';
import { type Ended, startCommand } from '../support/command-process.ts';
import { makeLibrary } from '../support/library.ts';
import { type S3Server, startS3Server, useTestCredentials } from '../support/s3-server.ts';
import { type SesServer, startRefusingSes, startSesServer } from '../support/ses-server.ts';

/** The preset as it runs at a library: S3 and SES by its own variables, the warehouse from CSV. */
let s3: S3Server;
let ses: SesServer;
let directory: string;

beforeAll(async () => {
  useTestCredentials();
  s3 = await startS3Server();
  ses = await startSesServer();
  s3.createBucket('alma-bucket');
});
afterAll(async () => {
  await s3.stop();
  await ses.stop();
});
afterEach(() => s3.heal());

const keys = async (): Promise<string[]> => {
  const page = await s3.client.send(new ListObjectsV2Command({ Bucket: 'alma-bucket' }));
  return (page.Contents ?? []).map(({ Key = '' }) => Key).sort();
};
const put = (Key: string) =>
  s3.client.send(new PutObjectCommand({ Bucket: 'alma-bucket', Key, Body: 'old' }));

function environmentOf(...changes: Record<string, string>[]): Record<string, string> {
  const standard = {
    DATA_WAREHOUSE_URL: `csv:${directory}`,
    S3_BUCKET_NAME: 'alma-bucket',
    S3_PREFIX: 'exlibris/patronload',
    SES_SEND_FROM_EMAIL: 'noreply@example.edu',
    SES_RECIPIENT_EMAIL: 'libsys@example.edu',
    WORKSPACE: 'stage',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_SESV2: ses.endpoint,
  };
  return Object.assign(standard, ...changes);
}
const argsOf = (day: number) => [
  'load',
  '--config',
  'preset:patronload',
  '--now',
  `2026-03-0${day}T12:00:00Z`,
];

const patronload = (day: number, ...changes: Record<string, string>[]) =>
  run(argsOf(day), { environment: environmentOf(...changes) });

/** The same as a process for which time passes faster: it tries again for up to a minute. */
function hastyPatronload(day: number): Promise<Ended> {
  const environment = environmentOf({
    AWS_ACCESS_KEY_ID: 'test-access-key',
    AWS_SECRET_ACCESS_KEY: 'test-secret-key',
  });
  return startCommand(argsOf(day), { workingDirectory: directory, environment, clockSpeed: 20 }).ended;
}

async function fresh(): Promise<void> {
  directory = await temporaryDirectory();
  await mkdir(directory, { recursive: true });
  const { staff, students } = inventPeople(300, 3);
  await writeFile(join(directory, 'LIBRARY_EMPLOYEE.csv'), csvOf(staff));
  await writeFile(join(directory, 'LIBRARY_STUDENT.csv'), csvOf(students));
  const Objects = (await keys()).map((Key) => ({ Key }));
  if (Objects.length > 0)
    await s3.client.send(new DeleteObjectsCommand({ Bucket: 'alma-bucket', Delete: { Objects } }));
}

describe('patronload with S3 and SES', () => {
  it('replaces the files of the folder, leaves the neighbours, and mails the report', async () => {
    await fresh();
    for (const key of [
      'exlibris/patronload/staff_2025-01-01_00.00.00.zip',
      'exlibris/patronload/odd.zip',
      'exlibris/patronload/kept.txt',
      'exlibris/patronload-archive/other.zip',
      'exlibris/patronload/below/other.zip',
    ])
      await put(key);
    const before = (await ses.mails()).length;
    const { code, stderr } = await patronload(1);
    expect(stderr).not.toContain('"level":"error"');
    expect(code).toBe(0);
    expect(await keys()).toEqual([
      'exlibris/patronload-archive/other.zip',
      'exlibris/patronload-ledger/ledger.json',
      'exlibris/patronload/below/other.zip',
      'exlibris/patronload/kept.txt',
      'exlibris/patronload/staff_2026-03-01_12.00.00.zip',
      'exlibris/patronload/student_2026-03-01_12.00.00.zip',
    ]);
    const [mail] = (await ses.mails()).slice(before);
    expect(mail?.subject).toBe('STAGE Patronload file creation 2026-03-01');
    expect(mail?.body.text).toContain('staff: 100 read');
    expect(mail?.body.text).toMatch(/Log:\n\d{4}-\d\d-\d\dT.* - Starts\./);
    expect(mail?.body.html).toContain('<h1>Patronload</h1>');
    for (const personal of ['@example.edu\n', 'MIT_ID', '9000000', '2000000000'])
      expect(mail?.body.text).not.toContain(personal);
    const ledger = await s3.client.send(
      new GetObjectCommand({ Bucket: 'alma-bucket', Key: 'exlibris/patronload-ledger/ledger.json' }),
    );
    expect(JSON.parse((await ledger.Body?.transformToString()) ?? '').groups.staff.rows).toBe(100);
  });

  it('mails a failure too, and leaves the old files', async () => {
    await fresh();
    expect((await patronload(1)).code).toBe(0);
    const delivered = await keys();
    await writeFile(join(directory, 'LIBRARY_STUDENT.csv'), '');
    const before = (await ses.mails()).length;
    const { code } = await patronload(2);
    expect(code).toBe(78);
    expect(await keys()).toEqual(delivered);
    const [mail] = (await ses.mails()).slice(before);
    expect(mail?.subject).toBe('FAILED: STAGE Patronload file creation 2026-03-02');
    expect(mail?.body.text).toContain('has no header line');
  });

  it.each([
    ['UploadPart', { status: 503, code: 'SlowDown' }, 75],
    ['CreateUpload', { status: 403, code: 'AccessDenied' }, 78],
    ['DeleteObjects', { status: 403, code: 'AccessDenied' }, 78],
  ] as const)('leaves the old files when %s fails', async (operation, fault, expected) => {
    await fresh();
    expect((await patronload(1)).code).toBe(0);
    const delivered = await keys();
    s3.fail(operation, fault);
    const { code } = await patronload(2);
    expect(code).toBe(expected);
    expect(await keys()).toEqual(delivered);
    expect(s3.openUploads('alma-bucket')).toEqual([]);
  });

  it('says so when old files are gone and new ones cannot be published, and heals the next time', async () => {
    await fresh();
    expect((await patronload(1)).code).toBe(0);
    s3.fail('CompleteUpload', { status: 403, code: 'AccessDenied' });
    const failed = await patronload(2);
    expect(failed.code).toBe(75);
    expect(failed.stdout).toContain('Group staff may have no complete set of files');
    expect((await keys()).filter((key) => key.includes('/staff_'))).toEqual([]);
    s3.heal();
    expect((await patronload(3)).code).toBe(0);
    expect((await keys()).filter((key) => key.endsWith('.zip'))).toHaveLength(2);
  });

  it('checks that old files are gone, even if the answer says so', async () => {
    await fresh();
    expect((await patronload(1)).code).toBe(0);
    const delivered = await keys();
    s3.fail('DeleteObjects', { status: 200, xml: '' });
    expect((await hastyPatronload(2)).code).toBe(75);
    expect(await keys()).toEqual(delivered);
  });

  it('takes back what was published of several zips when the others cannot be', async () => {
    await fresh();
    const library = await makeLibrary();
    const people = Array.from({ length: 60 }, (_, index) => [`P${index}`, 'Name', `B${index}`, '']);
    await library.rows('staff', people);
    await library.configure(
      `deliver: { to: "s3://alma-bucket/multi", s3: { endpoint: "${s3.endpoint}" } }`,
      'output: { users_per_file: 1 }',
    );
    const options = { workingDirectory: library.directory };
    s3.fail('CompleteUpload', { status: 403, code: 'AccessDenied' }, { after: 1 });
    const { code, stdout } = await run(['load'], options);
    // It was the first delivery, and what was published is gone again: the folder is as it was.
    expect(code).toBe(78);
    expect(stdout).toContain('No new file was delivered.');
    expect((await keys()).filter((key) => key.startsWith('multi/'))).toEqual([]);
    s3.heal();
    expect((await run(['load'], options)).code).toBe(0);
    expect((await keys()).filter((key) => key.startsWith('multi/staff_'))).toHaveLength(2);
  });

  it('has delivered when the mail cannot be sent, and says so by its exit code', async () => {
    await fresh();
    const refusing = await startRefusingSes(400, 'MessageRejected');
    const { code, stderr } = await patronload(1, { AWS_ENDPOINT_URL_SESV2: refusing.endpoint });
    await refusing.stop();
    expect(code).toBe(78);
    expect(stderr).toContain('The report could not be mailed.');
    expect((await keys()).filter((key) => key.endsWith('.zip'))).toHaveLength(2);
  });

  it('names a bucket that is not there before it reads any row', async () => {
    await fresh();
    const { code, stdout } = await patronload(1, { S3_BUCKET_NAME: 'no-such-bucket' });
    expect(code).toBe(78);
    expect(stdout).toContain('There is no bucket no-such-bucket.');
    expect(stdout).not.toContain('read =');
  });
});
