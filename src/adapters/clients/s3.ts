import type { _Object, S3 } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import { PatronflowError } from '../../core/errors.ts';
import type { StoreSettings } from '../../core/ports.ts';
import { endpoint } from '../../core/settings.ts';
import { type AwsOptions, awsClientOptions, awsError, statusOf } from './aws.ts';
import { LazyClient } from './lazy-client.ts';

export interface S3Options extends AwsOptions {
  readonly bucket: string;
  /** Key of KMS for encryption at rest. */
  readonly kmsKey?: string | undefined;
}

/** How an S3 store is reached, for all that is kept there. */
export const s3Settings = z.strictObject({
  region: z.string().default('us-east-1').describe('AWS region of the bucket.'),
  endpoint: endpoint.optional().describe('Endpoint of an S3-compatible store other than AWS.'),
  kms_key: z.string().optional().describe('Key for server-side encryption with KMS.'),
});

/** The options of a client, and the place in the bucket: `s3://bucket/key`. */
export function s3Options(
  { url, credentials }: StoreSettings,
  { region, endpoint, kms_key: kmsKey }: z.output<typeof s3Settings>,
): S3Options & { readonly key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? [];
  return { region, endpoint, kmsKey, credentials, bucket, key };
}

/** Stores that are not AWS seldom have a host name for each bucket, so they get the bucket in the path. */
export function createS3Client(options: S3Options): LazyClient<S3> {
  return new LazyClient(
    async () => {
      const { S3 } = await import('@aws-sdk/client-s3');
      return new S3({ ...awsClientOptions(options), forcePathStyle: options.endpoint !== undefined });
    },
    (s3) => s3.destroy(),
  );
}

/** What a new object is to be encrypted with. */
export function encryption({ kmsKey }: S3Options): {
  ServerSideEncryption?: 'aws:kms';
  SSEKMSKeyId?: string;
} {
  return kmsKey ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey } : {};
}

export interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** Begins an upload in parts: until it is completed, no one can list or read it. */
export async function beginUpload(
  client: LazyClient<S3>,
  options: S3Options,
  where: { readonly Key: string; readonly ContentType: string },
  signal: AbortSignal,
): Promise<Upload & { readonly isEncrypted: boolean }> {
  const { bucket: Bucket } = options;
  // Parts with a checksum are refused unless the upload announces its kind.
  const request = { Bucket, ...where, ChecksumAlgorithm: 'CRC32', ...encryption(options) } as const;
  const { UploadId, ServerSideEncryption } = await client.use((s3) =>
    s3.createMultipartUpload(request, { abortSignal: signal }),
  );
  if (!UploadId) throw noAnswer(`s3://${Bucket}/${where.Key}`);
  return { Bucket, Key: where.Key, UploadId, isEncrypted: /^aws:kms/.test(ServerSideEncryption ?? '') };
}

/** An upload that is gone, completed or aborted before, is what was asked for. */
export async function abortUpload(client: LazyClient<S3>, { Bucket, Key, UploadId }: Upload): Promise<void> {
  await client
    .use((s3) => s3.abortMultipartUpload({ Bucket, Key, UploadId }))
    .catch((error) => {
      if (statusOf(error) !== 404 || error.name !== 'NoSuchUpload') throw error;
    });
}

/**
 * The objects in a folder, without those in its subfolders. A name is relative to the folder.
 * @param folder empty for the whole bucket, or with a slash at its end
 */
export async function* listFolder(
  client: LazyClient<S3>,
  Bucket: string,
  folder: string,
  signal?: AbortSignal,
): AsyncGenerator<Omit<_Object, 'Key'> & { readonly name: string }> {
  let token: string | undefined;
  do {
    const request = { Bucket, Prefix: folder, Delimiter: '/', ContinuationToken: token };
    const page = await client.use((s3) => s3.listObjectsV2(request, signal && { abortSignal: signal }));
    if (page.KeyCount === undefined) throw noAnswer(`s3://${Bucket}/${folder}`.replace(/\/$/, ''));
    for (const { Key = '', ...rest } of page.Contents ?? [])
      if (Key !== folder) yield { ...rest, name: Key.slice(folder.length) };
    token = page.NextContinuationToken;
  } while (token);
}

/** What comes with status 200 and is not S3's: a proxy's page, or nothing. Believing it would be an empty folder. */
export function noAnswer(place: string): PatronflowError {
  return new PatronflowError('STORE_BUSY', `${place} did not answer as S3 does.`, {
    hint: 'Look for a proxy between here and the store, then run again.',
  });
}

/** What S3's own error names mean for a delivery. */
const meanings: readonly ErrorMeaning[] = [
  {
    names: /^(NoSuchBucket|NotFound)$/,
    code: 'STORE_MISSING',
    message: 'There is no bucket {bucket}.',
    hint: 'Check the name, the region and the account.',
  },
  // S3 redirects, or refuses a signature that was made for another region.
  {
    status: (status) => status === 301,
    names: /^AuthorizationHeaderMalformed$/,
    code: 'STORE_MISSING',
    message: 'The bucket {bucket} is in another region.',
    hint: 'Set the region of the bucket.',
  },
  {
    names: /^NoSuchUpload$/,
    code: 'STORE_BUSY',
    message: 'Another run or a clean-up ended an upload to {place}.',
    hint: "Run again. Two runs of one job at the same time remove each other's uploads.",
  },
];

const codes = {
  forbidden: 'STORE_FORBIDDEN',
  unreachable: 'STORE_UNREACHABLE',
  busy: 'STORE_BUSY',
} as const;

/** Turns an error of S3 into ours; what is no answer of the store stays what it is. */
export function s3Error(place: string, bucket: string, error: unknown): unknown {
  const words = { place, bucket };
  return (
    explained(meanings, error, { words, status: statusOf(error) }) ?? awsError(place, error, codes) ?? error
  );
}
