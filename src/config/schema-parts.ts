import { z } from 'zod';
import { mailers } from '../adapters/mail/index.ts';
import { notices } from '../adapters/notices/index.ts';
import { safeText } from '../core/safe-text.ts';
import { flag, path, secret } from '../core/settings.ts';

// What the configurations of all jobs are made of.

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

export const envFile = path
  .optional()
  .describe(
    'A file with variables, which take precedence over those of the environment (with `--env-file` it is the other way round): `NAME=value` lines, or YAML with `NAME: value` lines, alone or under `PLAINTEXT_VARIABLES`, and `ENCRYPTED_VARIABLES` (base64, decrypted with AWS KMS). Not read when a variable in its name is not set.',
  );

/** `a@b.example`, or `Library <a@b.example>`. */
const sender = z.string().refine((text) => {
  const [, name = '', address = text] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  return z.email().safeParse(address).success && !/[\r\n]/.test(name);
}, 'must be an e-mail address, alone or as `Name <address>`');

/** What a subject may have filled in. */
const subjectParts: readonly string[] = ['{day}', '{counts}', '{workspace}'];

export const allowHttp = flag
  .default(false)
  .describe(
    'Whether services with an `http://` address may be on another machine, such as a store in the next container. Everything sent there can be read on the way, keys and people too; `check` warns of each.',
  );
/**
 * Whether the checks of several keys at once can run: where a key is missing they still do, so that all problems are named
 * at once, but not where there is a text in place of a block or a block in place of a list.
 */
export function isShapedWell({ issues }: z.core.ParsePayload): boolean {
  return issues.every(
    ({ code, input }) =>
      input === undefined ||
      (code !== 'invalid_type' && !(code === 'invalid_union' && typeof input !== 'object')),
  );
}

/** The report by mail; each job has a subject of its own. */
export const mailWith = (subject: string) =>
  z
    .strictObject({
      via: mailers.url.describe(
        `How it goes: ${mailers.documented}. \`smtp:\` begins with STARTTLS, \`smtps:\` speaks TLS from the start.`,
      ),
      from: sender.optional().describe('Sender, alone or as `Name <address>`.'),
      to: addresses.optional().describe('Recipients, a list or separated by commas.'),
      subject: z
        .string()
        .superRefine((text, context) => {
          for (const [part] of text.matchAll(/\{[^{}]*\}/g)) {
            if (!subjectParts.includes(part))
              context.addIssue({
                code: 'custom',
                message: `has ${safeText(part)}, but knows only ${subjectParts.join(', ')}`,
              });
          }
        })
        .default(subject)
        .describe(
          'Subject; `{day}` becomes the UTC day of the run, `{counts}` what came of it (`283 written, 4 rejected`) and `{workspace}` the workspace in capitals. A run that did not deliver puts `FAILED: ` before it.',
        ),
      when: z
        .enum(['always', 'problems', 'failure'])
        .default('always')
        .describe(
          'After which runs: `always`, `problems` (the exit code is not 0), or `failure` (the run ended with an error).',
        ),
      user: z.string().optional().describe('User of the mail server.'),
      password: secret.optional().describe('Its password.'),
      ...mailers.blocks(),
    })
    .describe('The report by mail.');

export const log = z
  .strictObject({
    level: z
      .preprocess(
        (value) =>
          typeof value === 'string' ? (pythonLevels[value.toLowerCase()] ?? value.toLowerCase()) : value,
        z
          .enum(['debug', 'info', 'warn', 'error', 'fatal'], 'must be debug, info, warn or error')
          .default('info'),
      )
      .describe('`debug`, `info`, `warn` or `error`.'),
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

export type MailSettings = z.output<ReturnType<typeof mailWith>> & {
  readonly groups?: readonly string[] | undefined;
};

/** One mail, several with recipients of their own, or none. */
export type MailConfig = MailSettings | readonly MailSettings[] | 'none';

/** The mails of a configuration. */
export function mailsOf(mail: MailConfig): readonly MailSettings[] {
  return mail === 'none' ? [] : Array.isArray(mail) ? mail : [mail as MailSettings];
}

/** The same of a configuration that may lack anything, each with its place. */
export function mailPlaces<M extends object>(
  mail: M | readonly (M | undefined)[],
): readonly (readonly [(string | number)[], M])[] {
  if (!Array.isArray(mail)) return [[['mail'], mail as M]];
  return mail.flatMap((each, index) => (each ? [[['mail', index], each] as const] : []));
}

/** Heartbeats and webhooks. */
export const notify = z
  .strictObject(notices.blocks())
  .optional()
  .describe('Whom a run tells besides mail. No personal data goes there; trials tell no one.');
