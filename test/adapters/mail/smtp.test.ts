import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createSmtpMail, type SmtpMailOptions } from '../../../src/adapters/mail/smtp.ts';
import type { Mailer, Message } from '../../../src/core/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { smtpAccount, startSmtpServer, type TestSmtpServer } from '../../support/smtp-server.ts';

const message: Message = {
  from: 'reports@library.example',
  to: ['systems@library.example', 'staff.member@library.example'],
  subject: 'Patron load: 12 people – done',
  text: 'Twelve people were loaded.',
  html: '<p>Twelve <b>people</b> were loaded.</p>',
};

/** The error of mail that must fail; it names no recipient. */
const failure = (work: Promise<unknown>) =>
  failureOf(work, [smtpAccount.password, 'staff.member@library.example']);

/** A server that says the same to every command, but for some. */
async function talkServer(answers: Readonly<Record<string, string>>): Promise<number> {
  const listener = createServer((socket) => {
    socket.on('error', () => {}).write('220 test\r\n');
    socket.on('data', (data) => {
      const [word = ''] = data.toString().trim().toUpperCase().split(' ');
      socket.write(`${answers[word] ?? '250 ok'}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listener.close());
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

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
    await mailer.send({ ...message, from: 'Library reports <reports@library.example>' });

    expect(server.messages).toHaveLength(1);
    const [mail] = server.messages;
    expect(mail).toMatchObject({ encrypted: true, user: smtpAccount.user });
    expect(mail?.raw).toContain('Content-Type: text/plain');
    expect(mail?.raw).toContain(message.text);
    expect(mail?.raw).toContain('Content-Type: text/html');
    expect(mail?.raw).toContain(message.html);
    expect(mail?.raw).toMatch(/^From: Library reports <reports@library\.example>\r?$/m);
    expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(mail?.raw).toMatch(/^To: systems@library\.example, staff\.member@library\.example\r?$/m);
  });

  it('is not sent to a server whose certificate is not trusted', async () => {
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

  it.each([
    ['503', 'offers no login: mail goes to it without mail.user'],
    ['235', 'accepts the login'],
  ])('tells a server without a login from one that takes it: %s', async (answer, found) => {
    server = await startSmtpServer();
    const port = await talkServer({ AUTH: `${answer} x` });
    await expect(open({ ...smtpAccount, port, tls: 'disable' }).check(never)).resolves.toContain(found);
    await expect(open({ port, tls: 'disable' }).check(never)).resolves.toContain('no login is configured');
  });

  it('says that a server begins no TLS', async () => {
    server = await startSmtpServer();
    const port = await talkServer({ STARTTLS: '454 4.7.0 TLS not available due to local problem' });
    const error = await failure(open({ port }).send(message));
    expect([error.code, error.message]).toEqual([
      'MAIL_UNREACHABLE',
      `smtp://127.0.0.1:${port} does not start TLS (answer 454). Nothing was sent to it.`,
    ]);
    expect(error.hint).not.toContain('Run again later');
  });

  it.each(['530 5.7.0 x', '454 4.7.0 Must issue a STARTTLS command first'])(
    'says that a server wants TLS: %s',
    async (answer) => {
      server = await startSmtpServer();
      const port = await talkServer({ MAIL: answer });
      const error = await failure(open({ port, tls: 'disable' }).send(message));
      expect([error.code, error.message]).toEqual(['MAIL_REFUSED', expect.stringContaining('only over TLS')]);
    },
  );

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
      message: expect.stringContaining('at the moment'),
    });
  });

  it('says that no server listens', async () => {
    await start();
    const port = server.port;
    await server.stop();

    expect(await failure(open({ port }).check(never))).toMatchObject({
      code: 'MAIL_UNREACHABLE',
      message: expect.stringContaining(`smtp://127.0.0.1:${port}`),
    });
    await start();
  });
});
