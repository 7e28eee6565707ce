import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FeedsJob, makeFeedsJob, oneGroup } from '../support/feeds-job.ts';
import { type SftpTestServer, sftpAccount, startSftpServer } from '../support/sftp-server.ts';

let server: SftpTestServer;
let job: FeedsJob;
let jobs = 0;
let folder = '';

beforeAll(async () => {
  server = await startSftpServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  jobs += 1;
  folder = `feeds-${jobs}`;
  mkdirSync(join(server.root, folder));
  for (const name of ['P1.csv', 'P2.csv'])
    writeFileSync(
      join(server.root, folder, name),
      `PIDM,FIRST,LAST,ECLS,EXPIRES,ZIP\n90000000${name.charAt(1)},Ada,Quince,STU,2027-05-31,12201\n`,
    );
  server.fault = () => undefined;
  server.requests.length = 0;
  job = await makeFeedsJob();
  const { host, port, hostKey } = server;
  await job.configure(
    `source: { url: "sftp://${sftpAccount.user}@${host}:${port}/${folder}", sftp: { password: "${sftpAccount.password}", host_key: "${hostKey}" } }`,
    'tables: { people: { file: "P?.csv", pick: all, after: { move_to: done } } }',
    oneGroup,
  );
});

const left = () => readdirSync(join(server.root, folder), { recursive: true }).map(String).sort();

it('moves the files of a feed again where the connection breaks in between', async () => {
  let renames = 0;
  server.fault = (request) => {
    if (request === 'RENAME') renames += 1;
    return request === 'RENAME' && renames === 2 ? 'drop' : undefined;
  };
  const { code, stdout } = await job.load();
  expect(code, stdout).toBe(0);
  expect(left()).toEqual(['done', 'done/P1.csv', 'done/P2.csv']);
  expect(renames).toBe(3);
  expect(stdout).not.toContain('could not be moved');
});

it('says which folder refuses the files of a feed, and delivers all the same', async () => {
  server.fault = (request) => (request === 'RENAME' ? 'denied' : undefined);
  const { code, stdout } = await job.load();
  expect(code, stdout).toBe(0);
  expect(stdout).toContain(
    'The files of a feed could not be moved or removed after the delivery. No permission',
  );
  expect(left()).toEqual(['P1.csv', 'P2.csv', 'done']);
});
