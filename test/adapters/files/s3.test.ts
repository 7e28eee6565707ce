import { expect, it } from 'vitest';
import { createS3Files } from '../../../src/adapters/files/s3.ts';
import { never } from '../../support/never.ts';
import { startS3Server, useTestCredentials } from '../../support/s3-server.ts';

it('treats a page from a proxy as a failure, not as an empty folder', async () => {
  useTestCredentials();
  const server = await startS3Server();
  server.createBucket('library');
  server.fail('ListObjects', { status: 200, xml: '<Page>Please log in</Page>' }, { times: 9 });
  const files = createS3Files({
    ...{ region: 'us-east-1', endpoint: server.endpoint },
    ...{ bucket: 'library', prefix: 'feeds' },
  });

  await expect(files.check(never)).rejects.toMatchObject({ code: 'SOURCE_LOST' });

  await files.close();
  await server.stop();
});
