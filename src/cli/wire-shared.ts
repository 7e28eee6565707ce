import { randomUUID } from 'node:crypto';
import { errorReporters } from '../adapters/error-reporters/index.ts';
import { leases } from '../adapters/leases/index.ts';
import { mailers } from '../adapters/mail/index.ts';
import { notices } from '../adapters/notices/index.ts';
import { secretStore } from '../adapters/secrets/index.ts';
import { profileEndpoints } from '../config/aws-profile.ts';
import { type MailConfig, type MailSettings, mailsOf } from '../config/schema-parts.ts';
import type { Claimant } from '../core/lease.ts';
import { isPlainHttp } from '../core/loopback.ts';
import type { ErrorReporter, Lease, Mailer, Notice, StoreSettings } from '../core/ports.ts';
import type { Decrypt } from './config-file.ts';
import type { ProcessContext } from './process-context.ts';

// The adapters that every job has.

/** A lease beside a document; null where its store can have none. */
export function wireLease(
  place: StoreSettings,
  blocks: object,
  { pid, space, isAlive }: Pick<ProcessContext, 'pid' | 'space' | 'isAlive'>,
  warn: (message: string) => void,
): Lease | null {
  const url = `${place.url}.lease`;
  const claimant: Claimant = { token: randomUUID(), host: space, pid, isAlive, warn };
  return leases.find(url) ? leases.create({ ...place, url, claimant }, blocks) : null;
}

/** What is less safe about a part of a job than it should be. */
export interface Risk {
  readonly part: string;
  readonly system: string;
  readonly risk: string;
}

export function knownRisks(parts: readonly (readonly [string, string, string | null])[]): readonly Risk[] {
  return parts.flatMap(([part, system, risk]) => (risk === null ? [] : [{ part, system, risk }]));
}

/** A mail of the report, and how it goes. */
export interface WiredMail {
  readonly mailer: Mailer;
  readonly settings: MailSettings & { readonly from: string; readonly to: readonly string[] };
}

/** How the report is mailed; none where it is not. */
export function wireMails(config: MailConfig): readonly WiredMail[] {
  return mailsOf(config).flatMap((settings) => {
    const { via: url, user, password, from, to } = settings;
    if (!from || !to) return [];
    return [
      { mailer: mailers.create({ url, user, password }, settings), settings: { ...settings, from, to } },
    ];
  });
}

/** Whom a run tells besides mail. */
export function wireNotices({ notify }: { readonly notify?: object | undefined }): readonly Notice[] {
  return notify ? notices.createAll({}, notify) : [];
}

/** What is told of failures; null where none is configured. */
export function wireErrorReporter(
  config: { readonly workspace?: string | undefined },
  version: string,
): ErrorReporter | null {
  return errorReporters.create({ environment: config.workspace, release: `patronflow@${version}` }, config);
}

/** What decrypts encrypted variables. */
export const wireDecrypt: Decrypt = (environment) => {
  // Where a profile sends AWS's clients elsewhere, KMS is told so by name, and refuses what is not encrypted.
  const plain = profileEndpoints(environment).find(({ url }) => isPlainHttp(url));
  const isAllowed = environment.ALLOW_HTTP === 'true';
  return secretStore.create(
    plain && !isAllowed ? { AWS_ENDPOINT_URL_KMS: plain.url, ...environment } : environment,
  );
};
