import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createSesMail } from '../../src/adapters/mail/ses.ts';
import { createSmtpMail, type SmtpMailOptions } from '../../src/adapters/mail/smtp.ts';
import type { Mailer } from '../../src/core/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { type ReadMail, readMail } from './mail-text.ts';
import { useTestCredentials } from './s3-server.ts';
import { sesAccount, startSesServer } from './ses-server.ts';
import { smtpAccount, startSmtpServer } from './smtp-server.ts';

/** How a system can treat mail: take it, say no or not now, or break off in the middle of it. */
export type Treatment = 'takes' | 'refuses' | 'puts off' | 'breaks off';

/** A system that delivers mail. */
export interface MailBench extends AdapterBench<Mailer> {
  /** What arrived, in order, as its readers see it. */
  delivered(): Promise<readonly ReadMail[]>;
  /** From now on. */
  treat(how: Treatment): void;
}

export async function smtpBench(): Promise<MailBench> {
  const server = await startSmtpServer({ withLogin: true });
  const open = (options: Partial<SmtpMailOptions> = {}) =>
    createSmtpMail({
      ...{ host: '127.0.0.1', port: server.port, implicitTls: false, tls: 'no-verify' },
      ...smtpAccount,
      ...options,
    });
  const delivered = async () => server.messages.map(({ raw }) => readMail(raw));
  return {
    open: () => open(),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'MAIL_REFUSED' },
      {
        what: 'a certificate that is not trusted',
        adapter: open({ tls: 'verify-full' }),
        code: 'MAIL_UNREACHABLE',
      },
    ],
    at: (port) => open({ port }),
    traces: delivered,
    secrets: [smtpAccount.password, 'guessed-secret'],
    delivered,
    treat(how) {
      delete server.refuse.sender;
      if (how === 'refuses') server.refuse.sender = 550;
      if (how === 'puts off') server.refuse.sender = 451;
      server.cuts = how === 'breaks off';
    },
    stop: server.stop,
  };
}

/** The errors of SES; their messages quote an address, which must not be repeated. */
const refusals = {
  refuses: [400, 'MessageRejected'],
  'puts off': [429, 'TooManyRequestsException'],
  'knows no key': [403, 'InvalidClientTokenId'],
} as const;

export async function sesBench(): Promise<MailBench> {
  useTestCredentials();
  process.env.AWS_SES_ACCOUNT = JSON.stringify(sesAccount);
  const server = await startSesServer();
  let treatment: Treatment = 'takes';
  // The server knows no failure: what stands before it does.
  const front = createServer(async (incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    const body = await buffer(incoming);
    const isUnknown = url.startsWith('/unknown');
    if (treatment === 'breaks off') return void incoming.socket.destroy();
    if (treatment !== 'takes' || isUnknown) {
      const [status, type] = refusals[isUnknown || treatment === 'takes' ? 'knows no key' : treatment];
      outgoing.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
      outgoing.end(JSON.stringify({ message: 'refused for staff.member@library.example' }));
      return;
    }
    const headers = {
      authorization: incoming.headers.authorization ?? '',
      'content-type': 'application/json',
    };
    const answer = await fetch(server.endpoint + url, { method, headers, ...(body.length > 0 && { body }) });
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const open = (where = endpoint) => createSesMail({ region: 'us-east-1', endpoint: where });
  const delivered = async () =>
    (await server.mails()).map(({ from, destination, subject, body: { text = '', html = '' } }) => ({
      ...{ from, subject, text, html },
      to: destination.to.flatMap((addresses) => addresses.split(', ')),
    }));
  return {
    open: () => open(),
    broken: async () => [
      { what: 'unknown keys', adapter: open(`${endpoint}/unknown`), code: 'MAIL_REFUSED' },
    ],
    at: (port) => open(`http://127.0.0.1:${port}`),
    traces: delivered,
    secrets: ['test-secret-key'],
    delivered,
    treat: (how) => {
      treatment = how;
    },
    async stop() {
      front.closeAllConnections();
      front.close();
      await server.stop();
    },
  };
}
