import { awsCredentials } from '../../core/aws-credentials.ts';
import { PatronflowError } from '../../core/errors.ts';
import { isPlainHttp } from '../../core/loopback.ts';
import { safeText } from '../../core/safe-text.ts';
import { type AwsOptions, awsClientOptions, awsError } from '../clients/aws.ts';
import { LazyClient } from '../clients/lazy-client.ts';

/** Decrypts values that were encrypted with a key of AWS KMS and written down as base64. */
export interface Secrets {
  /** @param name of the variable, for messages */
  decrypt(name: string, ciphertext: string): Promise<string>;
  close(): Promise<void>;
}

/** AWS KMS, with the region and the credentials that are among the variables of a job. */
export const kmsSecrets = {
  system: 'kms',
  create: (variables: Readonly<Record<string, string | undefined>>): Secrets => {
    const endpoint = variables.AWS_ENDPOINT_URL_KMS || variables.AWS_ENDPOINT_URL || undefined;
    // Before the configuration is read, so that only a variable can allow it.
    if (endpoint && isPlainHttp(endpoint) && variables.ALLOW_HTTP !== 'true') throw unencrypted(endpoint);
    return createKmsSecrets({
      region: variables.AWS_REGION || variables.AWS_DEFAULT_REGION || 'us-east-1',
      endpoint,
      credentials: awsCredentials({
        access_key_id: variables.AWS_ACCESS_KEY_ID,
        secret_access_key: variables.AWS_SECRET_ACCESS_KEY,
        session_token: variables.AWS_SESSION_TOKEN,
      }),
    });
  },
};

function unencrypted(endpoint: string): PatronflowError {
  return new PatronflowError(
    'CONFIG_INVALID',
    `KMS at ${safeText(endpoint)} would send secrets over the network without TLS.`,
    { hint: 'Use https, or allow it deliberately with the variable ALLOW_HTTP=true.' },
  );
}

export function createKmsSecrets(options: AwsOptions): Secrets {
  const client = new LazyClient(
    async () => {
      const { KMS } = await import('@aws-sdk/client-kms');
      return new KMS(awsClientOptions(options));
    },
    (kms) => kms.destroy(),
  );
  return {
    async decrypt(name, ciphertext) {
      const place = `the key of KMS for ${name}`;
      try {
        const { Plaintext } = await client.use((kms) =>
          kms.decrypt({
            CiphertextBlob: Buffer.from(ciphertext, 'base64'),
          }),
        );
        return Buffer.from(Plaintext ?? []).toString('utf8');
      } catch (error) {
        if (error instanceof Error && error.name === 'InvalidCiphertextException') {
          throw new PatronflowError('SECRET_REFUSED', `KMS cannot decrypt ${name}.`, {
            hint: 'Check that the whole value was copied, and that it was encrypted in this account and region.',
            cause: error,
          });
        }
        const codes = {
          forbidden: 'SECRET_REFUSED',
          unreachable: 'SECRET_UNREACHABLE',
          busy: 'SECRET_UNREACHABLE',
        } as const;
        throw awsError(place, error, codes) ?? error;
      }
    },
    close: () => client.close(),
  };
}
