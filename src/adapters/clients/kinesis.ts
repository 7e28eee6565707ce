import { once } from 'node:events';
import { connect } from 'node:http2';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type AwsOptions, awsClientOptions } from './aws.ts';

/** A service on the campus answers within this, or speaks another protocol. */
const probeMs = 3000;

/**
 * A client for AWS, which speaks HTTP/2 to Kinesis, or for a service that is not AWS, which may speak either: the
 * SDK does not find out by itself, and each refuses the other with an error that names neither.
 */
export async function createKinesisClient(options: AwsOptions): Promise<KinesisClient> {
  const settings = awsClientOptions(options);
  if (options.endpoint === undefined || (await speaksHttp2(options.endpoint))) {
    // The default handler; its one time-out is that of silence.
    return new KinesisClient({
      ...settings,
      requestHandler: { requestTimeout: settings.requestHandler.requestTimeout },
    });
  }
  return new KinesisClient({ ...settings, requestHandler: new NodeHttpHandler(settings.requestHandler) });
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
