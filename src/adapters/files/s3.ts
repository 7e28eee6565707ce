import type { Readable } from 'node:stream';
import { PatronflowError } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import { freeName } from '../../feeds/free-name.ts';
import { type FileSource, fileSourceAdapter } from '../../feeds/ports.ts';
import {
  createS3Client,
  encryption,
  listFolder,
  type S3Options,
  s3Error,
  s3Options,
  s3Settings,
} from '../clients/s3.ts';
import { sourceError } from '../clients/source-error.ts';

export const s3Files = fileSourceAdapter({
  system: 's3',
  forms: ['s3://bucket/prefix'],
  schemes: ['s3'],
  pattern: /^s3:\/\/[^/@:]+(\/[^/\r\n\t]+)*\/?$/,
  options: s3Settings,
  create: (given, settings) => {
    const { key: prefix, ...options } = s3Options(given, settings);
    return createS3Files({ ...options, prefix });
  },
});

/** Feeds in a folder of an S3 bucket. */
export function createS3Files(options: S3Options & { readonly prefix: string }): FileSource {
  const { bucket, prefix } = options;
  const place = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  const folder = prefix === '' ? '' : `${prefix}/`;
  const client = createS3Client(options);
  const failed = (error: unknown) => sourceError(s3Error(place, bucket, error));
  const call = <T>(work: Promise<T>): Promise<T> => work.catch((error) => Promise.reject(failed(error)));

  async function* list(signal?: AbortSignal, within = folder) {
    try {
      for await (const { name, Size = null, LastModified = null } of listFolder(
        client,
        bucket,
        within,
        signal,
      ))
        yield { name, size: Size, modified: LastModified };
    } catch (error) {
      throw failed(error);
    }
  }

  const remove = (name: string) =>
    call(client.use((s3) => s3.deleteObject({ Bucket: bucket, Key: folder + name })));

  const missing = (error: unknown, name: string): unknown =>
    error instanceof Error && error.name === 'NoSuchKey'
      ? new PatronflowError('SOURCE_MISSING', `${place}/${safeText(name)} is not there.`, {
          hint: 'It was removed after the folder was listed. Run again later.',
          cause: error,
        })
      : error;

  return {
    name: place,
    isFolder: true,
    list: (signal) => list(signal),

    async check(signal) {
      let files = 0;
      for await (const _ of list(signal)) files += 1;
      return `bucket found, ${files} files in the folder`;
    },

    async *read(name, signal) {
      const object = client.use((s3) =>
        s3.getObject({ Bucket: bucket, Key: folder + name }, { abortSignal: signal }),
      );
      const { Body } = await call(object.catch((error) => Promise.reject(missing(error, name))));
      try {
        yield* Body as Readable as AsyncIterable<Buffer>;
      } catch (error) {
        signal.throwIfAborted();
        throw failed(error);
      }
    },

    async remove(name) {
      await remove(name);
    },

    async move(name, to) {
      const CopySource = `${bucket}/${encodeURIComponent(folder + name)}`;
      const present: string[] = [];
      for await (const file of list(undefined, `${folder}${to}/`)) present.push(file.name);
      const Key = `${folder}${to}/${freeName(name, present)}`;
      // AWS refuses to copy over what another program put there since; other stores pass over the condition.
      const copy = { Bucket: bucket, CopySource, Key, IfNoneMatch: '*', ...encryption(options) };
      await call(client.use((s3) => s3.copyObject(copy)));
      await remove(name);
    },

    close: async () => client.close(),
  };
}
