import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PatronflowError } from '../core/errors.ts';
import type { Checkpoint } from '../core/ports.ts';
import { type AwsOptions, awsClientOptions, awsError } from './clients/aws.ts';

export interface S3CheckpointOptions extends AwsOptions {
  readonly bucket: string;
  readonly key: string;
  readonly kmsKey?: string | undefined;
}

/** A JSON document in an S3 object, which S3 replaces as a whole. */
export function createS3Checkpoint(options: S3CheckpointOptions): Checkpoint<unknown> {
  const { bucket, key, kmsKey } = options;
  const place = `s3://${bucket}/${key}`;
  const client = new S3Client({
    ...awsClientOptions(options),
    forcePathStyle: options.endpoint !== undefined,
  });

  const load = async (signal: AbortSignal): Promise<unknown> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal: signal,
      });
      return JSON.parse((await Body?.transformToString()) ?? '');
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      if (error instanceof SyntaxError) {
        throw new PatronflowError('LEDGER_UNREADABLE', `${place} is not JSON.`, {
          hint: 'Remove it to start anew.',
          cause: error,
        });
      }
      throw checkpointError(place, bucket, error);
    }
  };
  return {
    name: place,
    load,
    check: async (signal) => ((await load(signal)) === null ? 'none yet; the first run makes it' : 'found'),
    async save(document) {
      await client
        .send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: `${JSON.stringify(document, null, 2)}\n`,
            ContentType: 'application/json',
            ...(kmsKey && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey }),
          }),
        )
        .catch((error) => Promise.reject(checkpointError(place, bucket, error)));
    },
    async close() {
      client.destroy();
    },
  };
}

function checkpointError(place: string, bucket: string, error: unknown): unknown {
  if (error instanceof Error && error.name === 'NoSuchBucket') {
    return new PatronflowError('STORE_MISSING', `There is no bucket ${bucket}.`, {
      hint: 'Check the name and the region.',
      cause: error,
    });
  }
  return (
    awsError(place, error, {
      forbidden: 'STORE_FORBIDDEN',
      unreachable: 'STORE_UNREACHABLE',
      busy: 'STORE_BUSY',
    }) ?? error
  );
}
