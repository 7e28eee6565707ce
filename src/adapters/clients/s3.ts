import type { S3 } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import type { StoreSettings } from '../../core/ports.ts';
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
  endpoint: z.url().optional().describe('Address of a store that speaks S3 and is not AWS.'),
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
    hint: "Run again; two runs of one job at a time take each other's uploads away.",
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
