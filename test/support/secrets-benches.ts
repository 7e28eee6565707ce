import { createKmsSecrets, type Secrets } from '../../src/adapters/secrets/kms.ts';
import type { AwsFault } from './aws-json.ts';
import { startKmsServer } from './kms-server.ts';
import { useTestCredentials } from './s3-server.ts';

/** A service that keeps a key. It is no adapter of a pipeline: there is nothing to look at, only to decrypt. */
export interface SecretsBench {
  open(): Secrets;
  /** What a configuration holds of a text. */
  encrypted(plain: string): string;
  /** Secrets at another port of this machine. */
  at(port: number): Secrets;
  /** What happens to the next call, as often as the adapter makes it by itself. */
  fail(how: 'refused' | 'busy' | 'cut'): void;
  heal(): void;
  stop(): Promise<void>;
}

const faults = {
  refused: { status: 400, code: 'AccessDeniedException' },
  busy: { status: 400, code: 'ThrottlingException' },
  cut: { cut: 'after' },
} as const satisfies Record<string, AwsFault>;

export async function kmsBench(): Promise<SecretsBench> {
  useTestCredentials();
  const server = await startKmsServer();
  const open = (endpoint: string) => createKmsSecrets({ region: 'us-east-1', endpoint });
  return {
    open: () => open(server.endpoint),
    encrypted: (plain) => server.encrypt(plain),
    at: (port) => open(`http://127.0.0.1:${port}`),
    fail: (how) => server.fail(faults[how]),
    heal: server.heal,
    stop: server.stop,
  };
}
