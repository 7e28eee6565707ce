import { z } from 'zod';
import { secret } from './settings.ts';

/** Where a job has credentials of its own; otherwise the SDK looks where it always does. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The credentials of a configuration. */
export const awsSettings = z.strictObject({
  access_key_id: z.string().optional().describe('Where the key is among the variables of the job.'),
  secret_access_key: secret.optional().describe('Its secret.'),
  session_token: secret.optional().describe('The token of a role.'),
});

/** Undefined leaves them to the SDK's own chain. */
export function awsCredentials(settings: z.output<typeof awsSettings>): AwsCredentials | undefined {
  const {
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    session_token: sessionToken,
  } = settings;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
