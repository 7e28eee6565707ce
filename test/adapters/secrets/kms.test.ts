import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsOptions } from '../../../src/adapters/clients/aws.ts';
import { createKmsSecrets, kmsSecrets, type Secrets } from '../../../src/adapters/secrets/kms.ts';
import type { AwsFault } from '../../support/aws-json.ts';
import { failureOf } from '../../support/failure.ts';
import { type KmsServer, startKmsServer } from '../../support/kms-server.ts';
import { useTestCredentials } from '../../support/s3-server.ts';

let server: KmsServer;
let secrets: Secrets;
const opened: Secrets[] = [];

const open = (options: Partial<AwsOptions> = {}) => {
  const made = createKmsSecrets({ region: 'us-east-1', endpoint: server.endpoint, ...options });
  opened.push(made);
  return made;
};
const failure = (work: Promise<unknown>, ciphertext: string) =>
  failureOf(work, ciphertext === '' ? [] : [ciphertext.slice(0, 30)]);

beforeAll(async () => {
  useTestCredentials();
  server = await startKmsServer();
});
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  secrets = open();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const made of opened.splice(0)) made.close();
  server.heal();
});
afterAll(() => server.stop());

describe('what was encrypted with KMS', () => {
  it('is not sent to another machine without TLS, unless a variable allows it', () => {
    const variables = { AWS_ENDPOINT_URL_KMS: 'http://kms.library.example' };
    expect(() => kmsSecrets.create(variables)).toThrow('without TLS');
    for (const allowed of [
      { ...variables, ALLOW_HTTP: 'true' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      { AWS_ENDPOINT_URL: 'https://kms.library.example' },
    ])
      opened.push(kmsSecrets.create(allowed));
  });

  it('may be broken into lines, as base64 often is', async () => {
    const lines = server.encrypt('password').replace(/(.{20})/g, '$1\n');

    expect(await secrets.decrypt('SIERRA_DB_PASSWORD', ` ${lines}\n`)).toBe('password');
  });

  it('is asked for again when KMS fails for a moment', async () => {
    server.fail({ status: 500, code: 'KMSInternalException' }, { times: 1 });
    server.fail({ cut: 'before' }, { times: 1 });

    expect(await secrets.decrypt('A', server.encrypt('password'))).toBe('password');
    expect(server.calls).toHaveLength(3);
  });

  it('is decrypted with the credentials of the job', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(import.meta.dirname, 'no-such-file'));
    vi.stubEnv('AWS_CONFIG_FILE', join(import.meta.dirname, 'no-such-file'));
    const sealed = server.encrypt('password');
    const error = await failure(open().decrypt('A', sealed), sealed);
    expect(error).toMatchObject({ code: 'SECRET_REFUSED' });
    expect(error.hint).toContain('AWS_ACCESS_KEY_ID');

    const job = open({ credentials: { accessKeyId: 'job', secretAccessKey: 'job-key' } });

    expect(await job.decrypt('A', sealed)).toBe('password');
  });
});

describe('what KMS does not decrypt', () => {
  it.each([
    ['changed', (sealed: string) => `${sealed.slice(0, -6)}AAAA==`],
    ['cut off', (sealed: string) => sealed.slice(0, 60)],
    ['no base64', () => 'not encrypted at all!'],
    ['empty', () => ''],
  ])('is named by its variable alone when it is %s', async (_what, spoil) => {
    const sealed = spoil(server.encrypt('the password'));

    const error = await failure(secrets.decrypt('REDSHIFT_DB_PASSWORD', sealed), sealed);

    expect(error).toMatchObject({ code: 'SECRET_REFUSED', kind: 'config' });
    expect(error.message).toBe('KMS cannot decrypt REDSHIFT_DB_PASSWORD.');
    expect(server.calls).toHaveLength(1);
  });

  it.each<[string, AwsFault, string]>([
    ['access is denied', { status: 400, code: 'AccessDeniedException' }, 'SECRET_REFUSED'],
    ['the key is disabled', { status: 400, code: 'DisabledException' }, 'SECRET_REFUSED'],
    ['the credentials have expired', { status: 400, code: 'ExpiredTokenException' }, 'SECRET_REFUSED'],
    ['there is too much to do', { status: 400, code: 'ThrottlingException' }, 'SECRET_UNREACHABLE'],
    ['it is out of order', { status: 500, code: 'KMSInternalException' }, 'SECRET_UNREACHABLE'],
    ['the connection is cut', { cut: 'after' }, 'SECRET_UNREACHABLE'],
  ])('is told from each other cause: %s', async (_why, fault, code) => {
    server.fail(fault);
    const sealed = server.encrypt('the password');

    const error = await failure(secrets.decrypt('BCRYPT_SALT', sealed), sealed);

    expect(error).toMatchObject({ code });
    expect(error.message).toContain('BCRYPT_SALT');
    expect(error.message).not.toContain('scripted by the test');
  });

  it('is reported when no server listens', async () => {
    const error = await failureOf(open({ endpoint: 'http://127.0.0.1:1' }).decrypt('A', 'AAAA'));

    expect(error).toMatchObject({ code: 'SECRET_UNREACHABLE', kind: 'fatal' });
  });
});
