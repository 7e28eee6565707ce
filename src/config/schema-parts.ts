import { z } from 'zod';

// What the configurations of all jobs are made of.

/**
 * Numbers may come from a variable, as text. Only text that is a number is taken for one: nothing, or `false`,
 * would become 0 and switch a limit off.
 */
export const numeric = (number: z.ZodNumber) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    number,
  );
export const count = (minimum: number, maximum: number) =>
  numeric(z.number().int().min(minimum).max(maximum));
export const share = numeric(z.number().min(0).max(1));
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);

export const addresses = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((address) => address.trim())
          .filter(Boolean)
      : value,
  z.array(z.email('this is not an e-mail address')).min(1),
);

/** Keys called `file`, `…_file`, `…_directory` or `template` are paths, and so is what follows `csv:` and `file:`. */
export const path = z.string().min(1);

export const envFile = path
  .optional()
  .describe(
    'A file with variables, which go before those of the environment: `NAME=value` lines, or YAML with `PLAINTEXT_VARIABLES` and `ENCRYPTED_VARIABLES` (base64, decrypted with AWS KMS). Not read when a variable in its name is not set.',
  );

export const isAddress = (url: string): boolean => /^(csv|file):/.test(url) || URL.canParse(url);
export const notAnAddress = 'is not an address; is the port a number?';

export const seconds = (fallback: number, maximum: number) => count(1, maximum).default(fallback);

export const postgres = z
  .strictObject({
    tls: z
      .enum(['verify-full', 'no-verify', 'disable'])
      .default('verify-full')
      .describe(
        '`verify-full` checks the certificate and the host name; `no-verify` only encrypts; `disable` does not even encrypt. `?sslmode=` in the URL goes before it, and a server on this machine that offers no TLS is talked to without.',
      ),
    ca_file: path.optional().describe("Certificate of the authority that signed the server's, in PEM form."),
  })
  .optional();

export const store = {
  s3: z
    .strictObject({
      region: z.string().default('us-east-1').describe('AWS region of the bucket.'),
      endpoint: z.url().optional().describe('Address of a store that speaks S3 and is not AWS.'),
      kms_key: z.string().optional().describe('Key for server-side encryption with KMS.'),
    })
    .optional(),
  sftp: z
    .strictObject({
      password: z.string().optional().describe('Password; a key is better.'),
      private_key_file: path.optional().describe('File with the private key.'),
      passphrase: z.string().optional().describe('Passphrase of the private key.'),
      host_key: z
        .string()
        .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'looks like SHA256:… as `ssh-keygen -lf` prints it')
        .optional()
        .describe("Fingerprint of the server's key. A server that shows another one is not talked to."),
    })
    .optional(),
};

/** The report by mail; each job has a subject of its own. */
export const mailWith = (subject: string) =>
  z
    .strictObject({
      via: z
        .string()
        .regex(
          /^(ses:\/\/[a-z0-9-]+|smtps?:\/\/[^/@]+)$/,
          'is ses://region, smtp://host:port or smtps://host',
        )
        .refine(isAddress, notAnAddress)
        .describe('`ses://region`, `smtp://host:587` (STARTTLS) or `smtps://host` (TLS from the start).'),
      from: z.email('this is not an e-mail address').optional().describe('Sender.'),
      to: addresses.optional().describe('Recipients, a list or separated by commas.'),
      subject: z
        .string()
        .default(subject)
        .describe(
          'Subject; `{day}` becomes the UTC day of the run and `{workspace}` the workspace in capitals. A run that did not deliver puts `FAILED: ` before it.',
        ),
      user: z.string().optional().describe('User of the SMTP server.'),
      password: z.string().optional().describe('Its password.'),
      tls: z
        .enum(['verify-full', 'no-verify', 'disable'])
        .default('verify-full')
        .describe('As for PostgreSQL; `disable` is for a relay on the same host.'),
      endpoint: z.url().optional().describe('Address of a service that speaks SES and is not AWS.'),
    })
    .describe('The report by mail.');

export const log = z
  .strictObject({
    level: z
      .preprocess(
        (value) =>
          typeof value === 'string' ? (pythonLevels[value.toLowerCase()] ?? value.toLowerCase()) : value,
        z.enum(['debug', 'info', 'warn', 'error', 'fatal'], 'is debug, info, warn or error').default('info'),
      )
      .describe('`debug`, `info`, `warn` or `error`.'),
  })
  .prefault({});

export const sentry = z
  .strictObject({
    dsn: z
      .string()
      .regex(/^(none|https?:\/\/[^@\s]+@[^/\s]+\/\S*\d+)$/i, 'is not a DSN of Sentry')
      .optional()
      .describe('Where failures are reported; `none` switches it off.'),
  })
  .prefault({});

const pythonLevels: Readonly<Record<string, string>> = {
  warning: 'warn',
  critical: 'fatal',
  notset: 'debug',
};

/** A configuration as it may be before anything was checked. */
export type Unfinished<T> = T extends readonly (infer Item)[]
  ? readonly Unfinished<Item>[] | undefined
  : T extends object
    ? { readonly [Key in keyof T]?: Unfinished<T[Key]> | undefined }
    : T | undefined;

export type StoreConfig = {
  readonly s3?: z.output<typeof store.s3>;
  readonly sftp?: z.output<typeof store.sftp>;
};
export type MailConfig = z.output<ReturnType<typeof mailWith>> | 'none';
