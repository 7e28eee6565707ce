import { kmsSecrets } from './kms.ts';

/** What decrypts `ENCRYPTED_VARIABLES`: one service so far, so nothing chooses it. */
export const secretStore = kmsSecrets;
