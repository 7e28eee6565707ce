import { describe, expect, it } from 'vitest';
import { createS3Checkpoint } from '../../../src/adapters/checkpoints/s3.ts';
import { never } from '../../support/never.ts';
import { startS3Server, useTestCredentials } from '../../support/s3-server.ts';

describe('a document in S3', () => {
  it('asks for encryption with the key of KMS that is configured', async () => {
    useTestCredentials();
    const server = await startS3Server();
    server.createBucket('library');
    const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'library', key: 'l.json' };
    const checkpoint = createS3Checkpoint({ ...place, kmsKey: 'library-key' });

    await checkpoint.save({ people: 1 });

    expect(server.calls[0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'library-key',
    });
    await checkpoint.close();
    await server.stop();
  });

  it('says that the bucket is missing', async () => {
    useTestCredentials();
    const server = await startS3Server();
    const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'no-such-bucket', key: 'l.json' };
    const checkpoint = createS3Checkpoint(place);

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(checkpoint.save({})).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await checkpoint.close();
    await server.stop();
  });
});
