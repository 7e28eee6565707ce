import { z } from 'zod';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { Mailer } from '../../core/ports.ts';
import { mailAdapter } from '../../core/ports.ts';
import { type TlsMode, tlsMode } from '../../core/settings.ts';
import { LazyClient } from '../clients/lazy-client.ts';
import { rawMail } from '../clients/raw-mail.ts';

export interface SmtpMailOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 465) rather than by STARTTLS. */
  readonly implicitTls: boolean;
  readonly tls: 'verify-full' | 'no-verify' | 'disable';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Seconds, not the library's minutes: the report is written anyway, and a run must not hang on its mail. */
const timeouts = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000 };

export const smtpMail = mailAdapter({
  system: 'smtp',
  forms: ['smtp://host:587', 'smtps://host'],
  schemes: ['smtp', 'smtps'],
  pattern: /^smtps?:\/\/[^/@]+$/,
  options: z.strictObject({
    tls: tlsMode
      .default('verify-full')
      .describe('As for PostgreSQL; `disable` is for a relay on the same host.'),
  }),
  create: ({ url, user, password }, { tls }) => {
    const { protocol, hostname, port } = new URL(url);
    const implicitTls = protocol === 'smtps:';
    const standardPort = implicitTls ? 465 : 587;
    return createSmtpMail({
      host: hostname,
      port: Number(port || standardPort),
      implicitTls,
      tls,
      user,
      password,
    });
  },
});

/** Mail by SMTP, encrypted unless a relay on the same host is told to be reached without. */
export function createSmtpMail(options: SmtpMailOptions): Mailer {
  const { host, port, implicitTls, tls, user, password } = options;
  const place = `${implicitTls ? 'smtps' : 'smtp'}://${host}:${port}`;
  const clientWith = (more: { forceAuth?: boolean }) =>
    new LazyClient(
      async () => {
        const { default: nodemailer } = await import('nodemailer');
        return nodemailer.createTransport({
          ...more,
          host,
          port,
          secure: implicitTls,
          requireTLS: !implicitTls && tls !== 'disable',
          ignoreTLS: tls === 'disable',
          tls: { rejectUnauthorized: tls === 'verify-full' },
          ...(user && { auth: { user, pass: password ?? '' } }),
          ...timeouts,
        });
      },
      (transport) => transport.close(),
    );
  const client = clientWith({});
  const failed = (error: unknown) => Promise.reject(smtpError(place, tls, error));
  return {
    name: place,
    async check() {
      await client.use((transport) => transport.verify()).catch(failed);
      if (!user) return 'server answers; no login is configured';
      // The package leaves the login out where the server offers none, and says nothing of it.
      const forced = clientWith({ forceAuth: true });
      try {
        await forced.use((transport) => transport.verify());
        return 'server answers and accepts the login';
      } catch (error) {
        if (!offersNoLogin(error)) return await failed(error);
        return 'server answers, but offers no login: mail goes to it without mail.user';
      } finally {
        await forced.close();
      }
    },
    async send(message) {
      const { rejected } = await client
        .use((transport) => transport.sendMail(rawMail(message)))
        .catch(failed);
      if (rejected.length === 0) return;
      // The server takes a mail if it takes one recipient; the others would never know that they missed it.
      throw new PatronflowError(
        'MAIL_REFUSED',
        `${place} refuses ${rejected.length} of ${message.to.length} recipients; the others have the mail.`,
        { hint: 'Check mail.to with the owners of the server.' },
      );
    },
    close: () => client.close(),
  };
}

/** The server refuses TLS, or knows nothing of it. */
const noTls: ErrorMeaning = {
  texts: /^/,
  code: 'MAIL_UNREACHABLE',
  message: '{place} does not start TLS{answer}. Nothing was sent to it.',
  hint: 'Ask its owners whether TLS is broken, or which port has it: smtps:// speaks it from the start. `tls: disable` beside mail.via is for a relay on the same host.',
};

const wantsTls: ErrorMeaning = {
  texts: /^/,
  code: 'MAIL_REFUSED',
  message: '{place} accepts mail and logins only over TLS{answer}, which the configuration switches off.',
  hint: 'Remove `tls: disable`.',
};

/** Tells an error of TLS from others with the same number: 454 also puts a login off. */
function aboutTls(error: unknown, status: number, tls: TlsMode): ErrorMeaning | null {
  if (systemCode(error) === 'ETLS' && status > 0) return noTls;
  const said = error instanceof Error ? error.message : '';
  const isAsked = status === 530 || status === 538 || /\b(START)?TLS\b/i.test(said);
  return tls === 'disable' && status > 0 && isAsked ? wantsTls : null;
}

/** AUTH is unknown, or not to be used here. */
function offersNoLogin(error: unknown): boolean {
  return systemCode(error) === 'EAUTH' && [500, 502, 503, 504].includes(statusOf(error));
}

/** The answer's number says what to do; its text may quote addresses and stays inside. */
const meanings: readonly ErrorMeaning[] = [
  // 4xx is SMTP's word for "not now", for any command: greylisting, a full queue, a directory that is down.
  {
    status: (status) => status >= 400 && status < 500,
    code: 'MAIL_UNREACHABLE',
    message: '{place} accepts no mail at the moment (answer {status}).',
    hint: 'Run again later. The report is in the log too.',
  },
  {
    codes: /^EAUTH$/,
    code: 'MAIL_REFUSED',
    message: '{place} refuses the user or the password{answer}.',
    hint: 'Check mail.user and mail.password.',
  },
  {
    codes: /^(EENVELOPE|EMESSAGE)$/,
    code: 'MAIL_REFUSED',
    message: '{place} refuses the sender, a recipient or the message{answer}.',
    hint: 'Check mail.from and mail.to with the owners of the server.',
  },
  {
    codes: /^ETLS$/,
    texts: /CERT|SELF_SIGNED|self-signed|certificate/i,
    code: 'MAIL_UNREACHABLE',
    message: 'No trusted TLS connection to {place}.',
    hint: 'Fix the certificate, or choose another mail.smtp.tls deliberately.',
  },
  {
    texts: /^/,
    code: 'MAIL_UNREACHABLE',
    message: '{place} cannot be reached, or closed the connection ({reason}{number}).',
    hint: 'Check host, port and firewall.',
  },
];

/** The number of the server's answer; 0 where it gave none. */
function statusOf(error: unknown): number {
  return typeof error === 'object' && error !== null && 'responseCode' in error
    ? Number(error.responseCode)
    : 0;
}

function smtpError(place: string, tls: TlsMode, error: unknown): unknown {
  const status = statusOf(error);
  const words = {
    place,
    status: String(status),
    answer: status ? ` (answer ${status})` : '',
    number: status ? `, answer ${status}` : '',
    reason: systemCode(error) || 'no reason given',
  };
  const special = aboutTls(error, status, tls);
  return explained(special ? [special] : meanings, error, { words, status });
}
