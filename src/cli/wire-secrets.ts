import type { Decrypt } from './config-file.ts';
import { credentialsOf } from './wire-stores.ts';

/** AWS KMS, with the region and the credentials that are among the variables. */
export const wireDecrypt: Decrypt = async (environment) => {
  const { createKmsSecrets } = await import('../adapters/secrets/kms.ts');
  return createKmsSecrets({
    region: environment.AWS_REGION || environment.AWS_DEFAULT_REGION || 'us-east-1',
    endpoint: environment.AWS_ENDPOINT_URL_KMS || environment.AWS_ENDPOINT_URL || undefined,
    credentials: credentialsOf({
      access_key_id: environment.AWS_ACCESS_KEY_ID,
      secret_access_key: environment.AWS_SECRET_ACCESS_KEY,
      session_token: environment.AWS_SESSION_TOKEN,
    }),
  });
};
