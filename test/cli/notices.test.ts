import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import { makeLibrary, twenty } from '../support/library.ts';
import { startNoticeServer } from '../support/notices-benches.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

const nameless = (count: number) => Array.from({ length: count }, (_, at) => [`n${at}`, '', `NB${at}`, '']);

/** A job that tells a server of the test's own. */
async function makeJob(...more: readonly string[]) {
  const server = await startNoticeServer();
  onTestFinished(() => server.stop());
  const library = await makeLibrary();
  const lines = (heartbeat: string, webhook: string) => [
    'notify:',
    `  heartbeat: { url: "\${BEAT}"${heartbeat} }`,
    `  webhook: { url: "\${HOOK}"${webhook} }`,
  ];
  const configure = (heartbeat = '', webhook = '') =>
    library.configure(...lines(heartbeat, webhook), ...more);
  await configure();
  return {
    library,
    server,
    configure,
    load: (...args: string[]) =>
      run(['load', ...args], {
        workingDirectory: library.directory,
        environment: { BEAT: `${server.url}/beat?x=1`, HOOK: `${server.url}/hook` },
      }),
    told: () =>
      server.heard.splice(0).map(({ method, path }) => `${method} ${path.replace('/secret-4711', '')}`),
  };
}

describe('notices of a load', () => {
  it('ask for the heartbeat at the start and at the end of a run that goes well, and tell no chat', async () => {
    const { load, told } = await makeJob();
    expect((await load()).code).toBe(0);
    expect(told()).toEqual(['GET /beat/start?x=1', 'GET /beat?x=1']);
  });

  it('tell of rejects above the limit, in a text with counts, without a name or an id', async () => {
    const { library, server, load, told } = await makeJob();
    await library.rows('staff', [...twenty, ...nameless(9)]);

    const { code } = await load();

    expect(code).toBe(1);
    const hook = server.heard.find(({ path }) => path.endsWith('/hook'));
    expect(JSON.parse(hook?.body ?? '')).toEqual({
      text: 'Patronflow load needs attention: 21 written, 9 rejected.',
    });
    expect(told()).toEqual(['GET /beat/start?x=1', 'GET /beat/fail?x=1', 'POST /hook']);
  });

  it('tell of a run that ended with an error, and give programs its figures', async () => {
    const { library, server, configure, load } = await makeJob();
    await configure('', ', details: true, when: failure');
    await library.rows('staff', [...twenty, ...nameless(9)]);
    await load();
    expect(server.heard.filter(({ path }) => path.endsWith('/hook'))).toEqual([]);
    await writeFile(join(library.directory, 'person.xml'), '<user><nonsense>{{login}}</nonsense></user>');

    const { code } = await load();

    const body = JSON.parse(server.heard.at(-1)?.body ?? '');
    expect(body.text).toMatch(/^Patronflow load FAILED: 0 written, 0 rejected\. .*\[TEMPLATE_INVALID\]$/);
    expect(body).toMatchObject({
      job: 'load',
      level: 'failure',
      exit_code: code,
      error_code: 'TEMPLATE_INVALID',
    });
  });

  it('are not sent by trials', async () => {
    const { load, told } = await makeJob();
    await load('--dry-run');
    await load('--out', 'try');
    await load('--person', 'P1');
    expect(told()).toEqual([]);
  });

  it('change nothing of the outcome when they fail, and show no address', async () => {
    const { server, load } = await makeJob();
    server.answer = (response) => response.writeHead(404).end();
    const { code, stdout, stderr } = await load();
    expect(code).toBe(0);
    expect(stdout).toMatch(/A notice could not be sent\. 127\.0\.0\.1:\d+ answered with status 404\./);
    expect(stdout + stderr).not.toContain('secret-4711');
  });

  it('are named by check, which asks for none', async () => {
    const { library, server, told } = await makeJob();
    const { stdout } = await run(['check'], {
      workingDirectory: library.directory,
      environment: { BEAT: server.url, HOOK: server.url },
    });
    expect(stdout).toMatch(
      /notice +webhook 127\.0\.0\.1:\d+ +not tested; notified of runs whose exit code is not 0/,
    );
    expect(stdout).not.toContain('secret-4711');
    expect(told()).toEqual([]);
  });
});

describe('several mails', () => {
  it('go to their own recipients, after the runs and with the groups that each asks for', async () => {
    const server = await startSmtpServer({ withoutTls: true });
    onTestFinished(() => server.stop());
    const library = await makeLibrary();
    const mail = (more: string) =>
      `  - { via: "smtp://127.0.0.1:${server.port}", from: a@x.example, smtp: { tls: disable }, ${more} }`;
    await library.configure(
      'mail:',
      mail('to: all@x.example'),
      mail('to: students@x.example, groups: [student]'),
      mail('to: oncall@x.example, when: failure'),
    );

    await run(['load'], { workingDirectory: library.directory });

    const to = (who: string) =>
      server.messages.filter(({ raw }) => raw.includes(`To: ${who}`)).map(({ raw }) => raw);
    expect(server.messages).toHaveLength(2);
    expect(to('all@x.example')[0]).toContain('staff: 20 read');
    const [students = ''] = to('students@x.example');
    expect(students).toContain('student: 2 read');
    expect(students).not.toContain('staff: 20 read');
    expect(students).toMatch(/Subject: Patronflow load .*1 written, 0 rejected/);
    expect(students).not.toContain('"level":"info"');
  });

  it('are refused for groups that are not there', async () => {
    const library = await makeLibrary();
    await library.configure(
      'mail: [{ via: "smtp://h", from: a@x.example, to: b@x.example, groups: [ghosts] }]',
    );
    const { stderr } = await run(['load'], { workingDirectory: library.directory });
    expect(stderr).toContain('mail.0.groups');
    expect(stderr).toContain('there is no group ghosts');
  });
});
