import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { CompletedPart, S3 } from '@aws-sdk/client-s3';
import { PatronflowError } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import type { LocalFile, ObjectStore, Receipt, StagedObject, StoredObject } from '../../load/ports.ts';
import { objectStoreAdapter } from '../../load/ports.ts';
import { statusOf } from '../clients/aws.ts';
import type { LazyClient } from '../clients/lazy-client.ts';
import {
  abortUpload,
  beginUpload,
  createS3Client,
  listFolder,
  noAnswer,
  type S3Options,
  s3Error,
  s3Options,
  s3Settings,
  type Upload,
} from '../clients/s3.ts';

export interface S3ObjectsOptions extends S3Options {
  /** The folder, without slashes at its ends; '' for the bucket itself. */
  readonly prefix: string;
}

/** Bytes of a part. S3 takes at least 5 MiB for all but the last and at most 10,000 parts: 8 MiB serve the 4 GiB of a zip. */
const partSize = 8 * 1024 ** 2;

/** Keys that one call of DeleteObjects takes. */
const deletesPerCall = 1000;

export const s3Objects = objectStoreAdapter({
  system: 's3',
  forms: ['s3://bucket/prefix'],
  schemes: ['s3'],
  pattern: /^s3:\/\/[^/@:]+(\/[^/\r\n\t]+)*\/?$/,
  options: s3Settings,
  create: (given, settings) => {
    const { key: prefix, ...options } = s3Options(given, settings);
    return createS3Objects({ ...options, prefix });
  },
});

/** Files in a folder of an S3 bucket. A file is staged as an incomplete multipart upload: no one can list or read it. */
export function createS3Objects(options: S3ObjectsOptions): ObjectStore {
  const { bucket, prefix } = options;
  const place = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  const client = createS3Client(options);
  const folder = prefix === '' ? '' : `${prefix}/`;
  const call = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => Promise.reject(s3Error(place, bucket, error)));

  async function* list(signal: AbortSignal): AsyncGenerator<StoredObject & { etag: string }> {
    try {
      for await (const { name, Size = 0, ETag = '' } of listFolder(client, bucket, folder, signal))
        yield { key: name, size: Size, etag: ETag.replaceAll('"', '') };
    } catch (error) {
      throw s3Error(place, bucket, error);
    }
  }

  const begin = (key: string, signal: AbortSignal) =>
    call(beginUpload(client, options, { Key: folder + key, ContentType: 'application/zip' }, signal));

  return {
    name: place,
    list,

    async check(signal) {
      await call(client.use((s3) => s3.headBucket({ Bucket: bucket }, { abortSignal: signal })));
      let zips = 0;
      for await (const { key } of list(signal)) if (key.endsWith('.zip')) zips += 1;
      await call(abortUpload(client, await begin('patronflow-check.zip', signal)));
      return `writable, ${zips} zip ${zips === 1 ? 'file' : 'files'} in the folder`;
    },

    async stage(key, file, signal): Promise<StagedObject> {
      const upload = await begin(key, signal);
      const discard = () => call(abortUpload(client, upload));
      try {
        const sent = await call(sendParts(client, upload, file, signal));
        // With KMS, which may be the bucket's own default, an ETag is no checksum of the content; the parts' own
        // checksums were verified when they were sent.
        const etag = upload.isEncrypted ? null : sent.etag;
        return { key, discard, publish: () => call(publish(key, file, upload, { ...sent, etag })) };
      } catch (error) {
        await discard().catch(() => {});
        throw error;
      }
    },

    async remove(keys) {
      for (let start = 0; start < keys.length; start += deletesPerCall) {
        const Objects = keys.slice(start, start + deletesPerCall).map((key) => ({ Key: folder + key }));
        const { Errors = [] } = await call(
          client.use((s3) => s3.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } })),
        );
        const [first] = Errors;
        if (!first) continue;
        const isFinal = first.Code === 'AccessDenied';
        throw new PatronflowError(
          isFinal ? 'STORE_FORBIDDEN' : 'STORE_BUSY',
          `${Errors.length} of ${Objects.length} files could not be removed from ${place} (${safeText(String(first.Code))}).`,
          {
            hint: isFinal ? 'Allow s3:DeleteObject on the folder.' : 'Run again later.',
          },
        );
      }
    },

    async sweep(isOurs, signal) {
      let swept = 0;
      const inFolder = { Bucket: bucket, Prefix: folder, Delimiter: '/' };
      let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
      for (;;) {
        const page = await client
          .use((s3) =>
            s3.listMultipartUploads(
              { ...inFolder, ...marker },
              {
                abortSignal: signal,
              },
            ),
          )
          .catch((error) => {
            // The permission is beyond what an upload needs. Without it abandoned uploads wait for the bucket's own clean-up.
            if (statusOf(error) === 403) return null;
            throw s3Error(place, bucket, error);
          });
        for (const { Key = '', UploadId = '' } of page?.Uploads ?? []) {
          if (!isOurs(Key.slice(folder.length))) continue;
          await call(abortUpload(client, { Bucket: bucket, Key, UploadId }));
          swept += 1;
        }
        if (!page?.IsTruncated) return swept;
        marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      }
    },

    close: () => client.close(),
  };

  async function publish(key: string, file: LocalFile, upload: Upload, sent: SentParts): Promise<Receipt> {
    await client
      .use((s3) => s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: sent.parts } }))
      .catch((error) => {
        // A second call after an answer that was lost: the upload is gone because it was completed. Verified below.
        if (error instanceof Error && error.name === 'NoSuchUpload') return;
        throw error;
      });
    const location = `${place}/${key}`;
    for await (const stored of list(new AbortController().signal)) {
      if (stored.key !== key) continue;
      const isSame = stored.size === file.size && (sent.etag === null || stored.etag === sent.etag);
      if (isSame) return { key, size: stored.size, location };
      break;
    }
    throw new PatronflowError('STORE_DAMAGED', `${location} is not what was sent.`, {
      hint: "Run again. If it fails again, remove the file before Alma's next run.",
    });
  }
}

interface SentParts {
  readonly parts: CompletedPart[];
  /** The ETag that S3 gives an object of these parts: MD5 of the parts' MD5s, and their number; null: another. */
  readonly etag: string | null;
}

/**
 * Sends a file in parts. The SDK adds a CRC-32 to each, and S3 refuses a part that does not fit its own; what
 * was read from the disk is compared with what was finished.
 */
async function sendParts(
  client: LazyClient<S3>,
  upload: Upload,
  file: LocalFile,
  signal: AbortSignal,
): Promise<SentParts> {
  const handle = await open(file.path, 'r');
  try {
    const parts: CompletedPart[] = [];
    const digests: Buffer[] = [];
    const whole = createHash('sha256');
    for (let start = 0; start < file.size; start += partSize) {
      const body = await readPart(handle, start, Math.min(partSize, file.size - start));
      whole.update(body);
      const PartNumber = parts.length + 1;
      const answer = await client.use((s3) =>
        s3.uploadPart(
          { ...upload, PartNumber, Body: body, ChecksumAlgorithm: 'CRC32' },
          {
            abortSignal: signal,
          },
        ),
      );
      if (!answer.ETag) throw noAnswer(`s3://${upload.Bucket}/${upload.Key}`);
      const checksum = answer.ChecksumCRC32;
      parts.push({ PartNumber, ETag: answer.ETag, ...(checksum && { ChecksumCRC32: checksum }) });
      digests.push(createHash('md5').update(body).digest());
    }
    if (whole.digest('hex') !== file.sha256) {
      throw new PatronflowError('STORE_DAMAGED', 'A finished file changed before it was sent.', {
        hint: 'Check the disk of TMPDIR and run again; nothing that is damaged was published.',
      });
    }
    const etag = `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}`;
    return { parts, etag };
  } finally {
    await handle.close();
  }
}

async function readPart(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, start);
  if (bytesRead !== length) {
    throw new PatronflowError('STORE_DAMAGED', 'A finished file became shorter while it was sent.', {
      hint: 'Check the disk of TMPDIR and run again; nothing that is damaged was published.',
    });
  }
  return buffer;
}
