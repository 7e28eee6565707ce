import { once } from 'node:events';
import { connect } from 'node:http2';
import type { Kinesis } from '@aws-sdk/client-kinesis';
import { type AwsOptions, awsClientOptions } from './aws.ts';
import { LazyClient } from './lazy-client.ts';

/** A service on the campus answers within this, or speaks another protocol. */
const probeMs = 3000;

/**
 * A client for AWS, which speaks HTTP/2 to Kinesis, or for a service that is not AWS, which may speak either: the
 * SDK does not find out by itself, and each refuses the other with an error that names neither.
 */
export function createKinesisClient(options: AwsOptions): LazyClient<Kinesis> {
  return new LazyClient(
    async () => {
      const settings = awsClientOptions(options);
      const { Kinesis } = await import('@aws-sdk/client-kinesis');
      if (options.endpoint === undefined || (await speaksHttp2(options.endpoint))) {
        // The default handler; its one time-out is that of silence.
        return new Kinesis({
          ...settings,
          requestHandler: { requestTimeout: settings.requestHandler.requestTimeout },
        });
      }
      const { NodeHttpHandler } = await import('@smithy/node-http-handler');
      return new Kinesis({ ...settings, requestHandler: new NodeHttpHandler(settings.requestHandler) });
    },
    (kinesis) => kinesis.destroy(),
  );
}

async function speaksHttp2(endpoint: string): Promise<boolean> {
  const session = connect(endpoint);
  session.on('error', () => {});
  try {
    await once(session, 'remoteSettings', { signal: AbortSignal.timeout(probeMs) });
    return true;
  } catch {
    return false;
  } finally {
    session.destroy();
  }
}
