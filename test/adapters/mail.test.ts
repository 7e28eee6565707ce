import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSesMail } from '../../src/adapters/mail-ses.ts';
import { createSmtpMail, type SmtpMailOptions } from '../../src/adapters/mail-smtp.ts';
import type { Mailer, Message } from '../../src/core/ports.ts';
import { never } from '../support/object-benches.ts';
import { useTestCredentials } from '../support/s3-server.ts';
import { sesAccount, startRefusingSes, startSesServer } from '../support/ses-server.ts';
import { smtpAccount, startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';

const message: Message = {
  from: 'reports@library.example',
  to: ['systems@library.example', 'staff.member@library.example'],
  subject: 'Patron load: 12 people – done',
  text: 'Twelve people were loaded.',
  html: '<p>Twelve <b>people</b> were loaded.</p>',
};

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ name: 'PatronflowError' });
  const text = `${error.message} ${error.hint}`;
  expect(text).not.toContain(smtpAccount.password);
  expect(text).not.toContain('staff.member@library.example');
  expect(error.hint).not.toBe('');
  return error;
};

describe('mail by SMTP', () => {
  let server: TestSmtpServer;
  let mailers: Mailer[];

  const start = async (withLogin = false) => {
    server = await startSmtpServer({ withLogin });
  };
  const open = (options: Partial<SmtpMailOptions> = {}) => {
    const place = { host: '127.0.0.1', port: server.port, implicitTls: false };
    const mailer = createSmtpMail({ ...place, tls: 'no-verify', ...options });
    mailers.push(mailer);
    return mailer;
  };
  beforeEach(() => {
    mailers = [];
  });
  afterEach(async () => {
    for (const mailer of mailers) await mailer.close();
    await server.stop();
  });

  it('arrives encrypted, with its text and its page', async () => {
    await start(true);
    const mailer = open(smtpAccount);

    await expect(mailer.check(never)).resolves.toBe('server answers and accepts the login');
    await mailer.send(message);

    expect(server.messages).toHaveLength(1);
    const [mail] = server.messages;
    expect(mail).toMatchObject({ encrypted: true, user: smtpAccount.user });
    expect(mail?.raw).toContain('Content-Type: text/plain');
    expect(mail?.raw).toContain(message.text);
    expect(mail?.raw).toContain('Content-Type: text/html');
    expect(mail?.raw).toContain(message.html);
    expect(mail?.raw).toMatch(/^To: systems@library\.example, staff\.member@library\.example\r?$/m);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    await start(true);
    const careful = open({ ...smtpAccount, tls: 'verify-full' });

    for (const work of [careful.check(never), careful.send(message)]) {
      expect(await failure(work)).toMatchObject({
        code: 'MAIL_UNREACHABLE',
        message: expect.stringContaining('No trusted TLS'),
      });
    }
    expect(server.messages).toEqual([]);
  });

  it.each(['verify-full', 'no-verify'] as const)('is not sent in the clear with %s', async (tls) => {
    server = await startSmtpServer({ withoutTls: true });

    expect(await failure(open({ tls }).send(message))).toMatchObject({ code: 'MAIL_UNREACHABLE' });
    expect(server.messages).toEqual([]);
  });

  it('goes without encryption only where that was chosen', async () => {
    await start();

    await open({ tls: 'disable' }).send(message);

    expect(server.messages).toMatchObject([{ encrypted: false }]);
  });

  it('is refused when the password is wrong', async () => {
    await start(true);

    const error = await failure(open({ ...smtpAccount, password: 'guessed-secret' }).send(message));

    expect(error).toMatchObject({ code: 'MAIL_REFUSED', message: expect.stringContaining('answer 535') });
    expect(error.message).not.toContain('guessed-secret');
  });

  it('is refused when the server does not take the sender', async () => {
    await start();
    server.refuse.sender = 550;

    expect(await failure(open().send(message))).toMatchObject({
      code: 'MAIL_REFUSED',
      kind: 'config',
      message: expect.stringContaining('answer 550'),
    });
  });

  it('says so when some recipients do not get it', async () => {
    await start();
    server.refuse.recipient = { containing: 'staff.member', answer: 550 };

    expect(await failure(open().send(message))).toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('1 of 2 recipients'),
    });
    expect(server.messages).toHaveLength(1);
  });

  it.each([
    ['the sender', { sender: 451 }],
    ['the login', { login: 454 }],
    ['every recipient', { recipient: { containing: '@', answer: 450 } }],
  ])('tells "not now" from "never" when %s is put off', async (_what, refuse) => {
    await start(true);
    Object.assign(server.refuse, refuse);

    expect(await failure(open(smtpAccount).send(message))).toMatchObject({
      code: 'MAIL_UNREACHABLE',
      message: expect.stringContaining('for now'),
    });
  });

  it('says that nobody listens', async () => {
    await start();
    const port = server.port;
    await server.stop();

    expect(await failure(open({ port }).check(never))).toMatchObject({
      code: 'MAIL_UNREACHABLE',
      message: expect.stringContaining(`smtp://127.0.0.1:${port}`),
    });
    await start();
  });

  it('says that the server hung up', async () => {
    await start();
    const rude = createServer((socket) => socket.destroy());
    await once(rude.listen(0, '127.0.0.1'), 'listening');
    const address = rude.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    expect(await failure(open({ port }).send(message))).toMatchObject({ code: 'MAIL_UNREACHABLE' });
    rude.close();
  });

  it('closes twice, and before anything was sent', async () => {
    await start();
    const mailer = open();
    await mailer.close();
    await mailer.close();
  });
});

describe('mail by SES', () => {
  beforeEach(() => {
    useTestCredentials();
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const open = (endpoint: string) => createSesMail({ region: 'us-east-1', endpoint });

  it('arrives with its text and its page', async () => {
    const server = await startSesServer();
    const mailer = open(server.endpoint);

    await mailer.send(message);

    const [mail] = await server.mails();
    expect(mail).toMatchObject({ from: message.from, subject: message.subject });
    expect(mail?.destination.to.join(', ')).toBe(message.to.join(', '));
    expect(mail?.body.text).toContain(message.text);
    expect(mail?.body.html).toContain(message.html);
    await mailer.close();
    await mailer.close();
    await server.stop();
  });

  it.each([
    [400, 'MessageRejected', 'MAIL_REFUSED'],
    [400, 'MailFromDomainNotVerifiedException', 'MAIL_REFUSED'],
    [400, 'AccountSuspendedException', 'MAIL_REFUSED'],
    [403, 'AccessDeniedException', 'MAIL_REFUSED'],
    [403, 'InvalidClientTokenId', 'MAIL_REFUSED'],
    [429, 'TooManyRequestsException', 'MAIL_UNREACHABLE'],
    [400, 'LimitExceededException', 'MAIL_REFUSED'],
    [500, 'InternalFailure', 'MAIL_UNREACHABLE'],
  ])('with the answer %i %s is no mystery', async (status, type, code) => {
    const server = await startRefusingSes(status, type);
    const mailer = open(server.endpoint);

    const error = await failure(mailer.send(message));

    expect(error).toMatchObject({ code, message: expect.stringContaining(type) });
    await mailer.close();
    await server.stop();
  });

  it.each([
    [true, 'answers and may send'],
    [false, 'answers, but sending is switched off for this account'],
  ])('is checked by a look at the account, where sending is allowed: %s', async (SendingEnabled, found) => {
    const server = await startSesServer();
    vi.stubEnv('AWS_SES_ACCOUNT', JSON.stringify({ ...sesAccount, SendingEnabled }));
    const mailer = open(server.endpoint);

    await expect(mailer.check(never)).resolves.toBe(found);
    await mailer.close();
    await server.stop();
    vi.unstubAllEnvs();
  });

  it('is checked without the right to look at the account', async () => {
    const server = await startRefusingSes(403, 'AccessDeniedException');
    const mailer = open(server.endpoint);

    await expect(mailer.check(never)).resolves.toMatch(/answers/);
    await mailer.close();
    await server.stop();
  });

  it('says that nobody listens', async () => {
    const server = await startRefusingSes(500, 'InternalFailure');
    await server.stop();

    const error = await failure(open(server.endpoint).send(message));

    expect(error).toMatchObject({
      code: 'MAIL_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
