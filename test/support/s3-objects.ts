import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Server } from './s3-server.ts';

/** All objects of a bucket with their sizes, by key; what is being uploaded is none yet. */
export async function objectsIn(
  { client }: S3Server,
  bucket: string,
): Promise<(readonly [string, number])[]> {
  const found: [string, number][] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key = '', Size = 0 } of page.Contents ?? []) found.push([Key, Size]);
    token = page.NextContinuationToken;
  } while (token);
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}
