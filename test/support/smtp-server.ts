import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { certificateFiles } from './certificate.ts';

export interface TestSmtpServer {
  readonly port: number;
  /** Whole messages as they arrived. */
  readonly messages: { readonly encrypted: boolean; readonly user: string; readonly raw: string }[];
  /** Answers in place of acceptance: a number such as 550 for senders or for recipients that contain a text. */
  readonly refuse: { sender?: number; recipient?: { containing: string; answer: number }; login?: number };
  /** Whether connections are cut in the middle of a message. */
  cuts: boolean;
  stop(): Promise<void>;
}

/** The one account of the server. */
export const smtpAccount = { user: 'reports@library.example', password: 'smtp-password-4711' };

/** An SMTP server with STARTTLS under a certificate that is not trusted. */
export async function startSmtpServer(
  options: { withLogin?: boolean; withoutTls?: boolean } = {},
): Promise<TestSmtpServer> {
  const messages: TestSmtpServer['messages'] = [];
  const refuse: TestSmtpServer['refuse'] = {};
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    cert: await readFile(certificateFiles.certificate),
    key: await readFile(certificateFiles.key),
    authOptional: !options.withLogin,
    disabledCommands: options.withoutTls ? ['STARTTLS'] : [],
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      if (refuse.login) return done(refusal(refuse.login));
      if (username === smtpAccount.user && password === smtpAccount.password) {
        return done(null, { user: username });
      }
      done(refusal(535));
    },
    onMailFrom(_address, _session, done) {
      done(refuse.sender ? refusal(refuse.sender) : null);
    },
    onRcptTo({ address }, _session, done) {
      const { recipient } = refuse;
      done(recipient && address.includes(recipient.containing) ? refusal(recipient.answer) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      if (made.cuts) for (const socket of sockets) socket.destroy();
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        messages.push({
          encrypted: session.secure,
          user: String(session.user ?? ''),
          raw: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  // A client that breaks off over the certificate is what some tests want.
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const made: TestSmtpServer = {
    port: (server.server.address() as AddressInfo).port,
    messages,
    refuse,
    cuts: false,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return made;
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('refused for staff.member@library.example'), { responseCode });
}
