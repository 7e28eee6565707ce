import { PatronflowError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/ports.ts';
import { checkpointAdapter } from '../../core/ports.ts';
import {
  abortUpload,
  beginUpload,
  createS3Client,
  encryption,
  type S3Options,
  s3Error,
  s3Options,
  s3Settings,
} from '../clients/s3.ts';

export interface S3CheckpointOptions extends S3Options {
  readonly key: string;
}

export const s3Checkpoint = checkpointAdapter({
  system: 's3',
  forms: ['s3://bucket/key.json'],
  schemes: ['s3'],
  pattern: /^s3:\/\/[^/@:]+\/[^/]/,
  options: s3Settings,
  create: (given, settings) => createS3Checkpoint(s3Options(given, settings)),
});

/** A JSON document in an S3 object, which S3 replaces as a whole. */
export function createS3Checkpoint(options: S3CheckpointOptions): Checkpoint<unknown> {
  const { bucket, key } = options;
  const place = `s3://${bucket}/${key}`;
  const client = createS3Client(options);

  const load = async (signal: AbortSignal): Promise<unknown> => {
    try {
      const { Body } = await client.use((s3) =>
        s3.getObject(
          { Bucket: bucket, Key: key },
          {
            abortSignal: signal,
          },
        ),
      );
      return JSON.parse((await Body?.transformToString()) ?? '');
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      if (error instanceof SyntaxError) {
        throw new PatronflowError('CHECKPOINT_UNREADABLE', `${place} is not JSON.`, {
          hint: 'Restore an older copy, or remove it: the next run then starts like the first one.',
          cause: error,
        });
      }
      throw s3Error(place, bucket, error);
    }
  };
  return {
    name: place,
    load,
    async check(signal) {
      const found = await load(signal);
      const where = { Key: key, ContentType: 'application/json' };
      const upload = await beginUpload(client, options, where, signal).catch((error) =>
        Promise.reject(s3Error(place, bucket, error)),
      );
      // A role for the document alone may not abort. What stays then is empty, and no one can see it.
      await abortUpload(client, upload).catch(() => {});
      return found === null ? 'none yet; the first run makes it' : 'found';
    },
    async save(document) {
      await client
        .use((s3) =>
          s3.putObject({
            Bucket: bucket,
            Key: key,
            Body: `${JSON.stringify(document, null, 2)}\n`,
            ContentType: 'application/json',
            ...encryption(options),
          }),
        )
        .catch((error) => Promise.reject(s3Error(place, bucket, error)));
    },
    close: () => client.close(),
  };
}
