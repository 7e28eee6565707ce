import { z } from 'zod';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import type { Mailer } from '../../core/ports.ts';
import { mailAdapter } from '../../core/ports.ts';
import { endpoint } from '../../core/settings.ts';
import { type AwsOptions, awsClientOptions, awsError, statusOf } from '../clients/aws.ts';
import { LazyClient } from '../clients/lazy-client.ts';
import { rawMail } from '../clients/raw-mail.ts';

export const sesMail = mailAdapter({
  system: 'ses',
  forms: ['ses://us-east-1'],
  schemes: ['ses'],
  pattern: /^ses:\/\/[a-z0-9-]+$/,
  options: z.strictObject({
    endpoint: endpoint.optional().describe('Endpoint of an SES-compatible service other than AWS.'),
  }),
  create: ({ url }, { endpoint }) => createSesMail({ region: new URL(url).hostname, endpoint }),
});

/** Mail by Amazon SES, as a raw message: the same permission (ses:SendRawEmail) that older programs were given. */
export function createSesMail(options: AwsOptions): Mailer {
  const place = `ses://${options.region}`;
  const client = new LazyClient(
    async () => {
      const [{ SESv2, SendEmailCommand }, { default: nodemailer }] = await Promise.all([
        import('@aws-sdk/client-sesv2'),
        import('nodemailer'),
      ]);
      const ses = new SESv2(awsClientOptions(options));
      return { ses, transport: nodemailer.createTransport({ SES: { sesClient: ses, SendEmailCommand } }) };
    },
    ({ ses, transport }) => {
      transport.close();
      ses.destroy();
    },
  );
  return {
    name: place,
    async check(signal) {
      try {
        const account = await client.use(({ ses }) => ses.getAccount({}, { abortSignal: signal }));
        return account.SendingEnabled === false
          ? 'answers, but sending is switched off for this account'
          : 'answers and may send';
      } catch (error) {
        signal.throwIfAborted();
        // The right to send does not include the right to look at the account.
        if (statusOf(error) === 403 && nameOf(error) === 'AccessDeniedException')
          return 'answers; whether it sends shows when it does';
        throw sesError(place, error);
      }
    },
    async send(message) {
      await client
        .use(({ transport }) => transport.sendMail(rawMail(message)))
        .catch((error) => Promise.reject(sesError(place, error)));
    },
    close: () => client.close(),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** What SES' own error names mean. Its messages quote addresses and stay inside. */
const refused: readonly ErrorMeaning[] = [
  {
    names: /^(MessageRejected|MailFromDomainNotVerified|BadRequest|NotFound|AccountSuspended|SendingPaused)/,
    code: 'MAIL_REFUSED',
    message: '{place} refuses the sender, a recipient or the message ({name}).',
    hint: 'Verify mail.from in SES, and mail.to too while the account is in the sandbox.',
  },
];

const unexpected: readonly ErrorMeaning[] = [
  {
    texts: /^/,
    code: 'MAIL_UNREACHABLE',
    message: '{place} gave an unexpected answer ({name}).',
    hint: 'Run again later.',
  },
];

const codes = {
  forbidden: 'MAIL_REFUSED',
  unreachable: 'MAIL_UNREACHABLE',
  busy: 'MAIL_UNREACHABLE',
} as const;

function sesError(place: string, error: unknown): unknown {
  const words = { place, name: nameOf(error) };
  return (
    explained(refused, error, { words }) ??
    awsError(place, error, codes) ??
    explained(unexpected, error, { words })
  );
}
