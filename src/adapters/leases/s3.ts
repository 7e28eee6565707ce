import {
  type Claimant,
  type Holder,
  hasEnded,
  holderText,
  leaseLost,
  leaseMs,
  leaseState,
  parseHolder,
  runInProgress,
} from '../../core/lease.ts';
import type { Lease } from '../../core/ports.ts';
import { leaseAdapter } from '../../core/ports.ts';
import { statusOf } from '../clients/aws.ts';
import { createS3Client, encryption, type S3Options, s3Error, s3Options, s3Settings } from '../clients/s3.ts';

export interface S3LeaseOptions extends S3Options {
  readonly key: string;
  readonly claimant: Claimant;
}

interface Reading {
  readonly holder: Holder | null;
  readonly etag?: string | undefined;
  readonly refusal?: unknown;
}

export const s3Lease = leaseAdapter({
  system: 's3',
  forms: ['s3://bucket/key.json.lease'],
  schemes: ['s3'],
  pattern: /^s3:\/\/[^/@:]+\/[^/]/,
  options: s3Settings,
  create: (given, settings) => createS3Lease({ ...s3Options(given, settings), claimant: given.claimant }),
});

/**
 * A lease as an object beside the checkpoint. It is written only if no other run has written it since it was read;
 * a store that does not know that condition (it is AWS's since 2024) is read once more after writing.
 */
export function createS3Lease(options: S3LeaseOptions): Lease {
  const { bucket, key, claimant } = options;
  const place = `s3://${bucket}/${key}`;
  const client = createS3Client(options);
  const target = { Bucket: bucket, Key: key };

  const read = async (signal?: AbortSignal): Promise<Reading> => {
    try {
      const { Body, ETag } = await client.use((s3) =>
        s3.getObject(target, signal && { abortSignal: signal }),
      );
      return { holder: parseHolder((await Body?.transformToString()) ?? ''), etag: ETag };
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return { holder: null };
      const refusal = s3Error(place, bucket, error);
      // S3 answers 403 also for a missing object when the account may not list the bucket.
      if (statusOf(error) === 403) return { holder: null, refusal };
      throw refusal;
    }
  };

  /** @returns whether no other run was faster */
  const write = async (etag: string | undefined): Promise<boolean> => {
    const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
    try {
      await client.use((s3) =>
        s3.putObject({
          ...target,
          ...condition,
          Body: holderText(claimant),
          ContentType: 'application/json',
          ...encryption(options),
        }),
      );
    } catch (error) {
      // Another run wrote it, is writing it, or removed it. Or we did, and the answer to that was lost on its way.
      const isUnmet =
        error instanceof Error &&
        /^(PreconditionFailed|ConditionalRequestConflict|NoSuchKey)$/.test(error.name);
      if (!isUnmet) throw s3Error(place, bucket, error);
    }
    const { holder, refusal } = await read();
    if (refusal) throw refusal;
    return holder?.token === claimant.token;
  };

  return {
    name: place,
    lastsMs: leaseMs,
    async check(signal) {
      const { holder } = await read(signal);
      return leaseState(holder, claimant);
    },
    async acquire(signal) {
      const { holder, etag } = await read(signal);
      const lookAgain = async () => (await read(signal)).holder;
      if (!(await hasEnded(holder, lookAgain, claimant, signal)))
        throw runInProgress(place, await lookAgain());
      if (!(await write(etag))) throw runInProgress(place, (await read(signal)).holder);
    },
    async renew() {
      const { holder, etag, refusal } = await read();
      if (refusal) throw refusal;
      if (holder?.token !== claimant.token || !(await write(etag))) throw leaseLost(place);
    },
    async release() {
      if ((await read()).holder?.token === claimant.token) {
        await client
          .use((s3) => s3.deleteObject(target))
          .catch((error) => Promise.reject(s3Error(place, bucket, error)));
      }
    },
    close: () => client.close(),
  };
}
