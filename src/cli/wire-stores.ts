import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { posix } from 'node:path';
import type { AwsCredentials } from '../adapters/clients/aws.ts';
import type { SftpOptions } from '../adapters/clients/sftp.ts';
import type { StoreConfig } from '../config/schema-parts.ts';
import type { Claimant } from '../core/lease.ts';
import type { Checkpoint, Lease } from '../core/ports.ts';
import { urlPart } from '../core/url-part.ts';
import type { ProcessContext } from './process-context.ts';

/** How a store is reached; credentials only where a job has its own. */
export interface StoreSettings extends StoreConfig {
  readonly credentials?: AwsCredentials | undefined;
}

/** A small document at `file:`, `s3://` or `sftp://`. */
export async function wireCheckpoint(url: string, settings: StoreSettings): Promise<Checkpoint<unknown>> {
  if (url.startsWith('file:')) {
    const { createFileCheckpoint } = await import('../adapters/checkpoints/file.ts');
    return createFileCheckpoint({ path: url.slice('file:'.length) });
  }
  if (url.startsWith('s3:')) {
    const { createS3Checkpoint } = await import('../adapters/checkpoints/s3.ts');
    return createS3Checkpoint({ ...s3Options(settings), ...s3Place(url) });
  }
  const { createSftpCheckpoint } = await import('../adapters/checkpoints/sftp.ts');
  return createSftpCheckpoint({ ...sftpOptions(url, settings), path: sftpPath(url) });
}

/** A lease beside such a document; null at `sftp://`, where nothing can be made by one process alone. */
export async function wireLease(
  url: string,
  settings: StoreSettings,
  { pid, isAlive }: Pick<ProcessContext, 'pid' | 'isAlive'>,
): Promise<Lease | null> {
  const claimant: Claimant = { token: randomUUID(), host: processSpace(), pid, isAlive };
  if (url.startsWith('file:')) {
    const { createFileLease } = await import('../adapters/leases/file.ts');
    return createFileLease({ path: `${url.slice('file:'.length)}.lease`, claimant });
  }
  if (url.startsWith('s3:')) {
    const { createS3Lease } = await import('../adapters/leases/s3.ts');
    const { bucket, key } = s3Place(url);
    return createS3Lease({ ...s3Options(settings), bucket, key: `${key}.lease`, claimant });
  }
  return null;
}

/** Where a process number means something: containers may share the host's name, and each has a process 1. */
function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

export function s3Place(url: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? [];
  return { bucket, key };
}

export function s3Options({ s3, credentials }: StoreSettings) {
  return { region: s3?.region ?? 'us-east-1', endpoint: s3?.endpoint, kmsKey: s3?.kms_key, credentials };
}

export function sftpOptions(url: string, { sftp }: StoreConfig): SftpOptions {
  const { hostname, port, username } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 22),
    user: urlPart(username),
    password: sftp?.password,
    privateKeyFile: sftp?.private_key_file,
    passphrase: sftp?.passphrase,
    hostKey: sftp?.host_key ?? '',
  };
}

/** `sftp://user@host/~/incoming` is a path below the user's home, as it is elsewhere. */
export function sftpPath(url: string): string {
  const path = posix.normalize(urlPart(new URL(url).pathname));
  return path.startsWith('/~/') ? path.slice(3) : path;
}

/** Credentials of a configuration; undefined leaves them to the SDK's own chain. */
export function credentialsOf(aws: {
  readonly access_key_id?: string | undefined;
  readonly secret_access_key?: string | undefined;
  readonly session_token?: string | undefined;
}): AwsCredentials | undefined {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = aws;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
