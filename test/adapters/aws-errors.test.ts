import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Checkpoint } from '../../src/adapters/checkpoints/s3.ts';
import { createSesMail } from '../../src/adapters/mail/ses.ts';
import { createS3Objects } from '../../src/adapters/objects/s3.ts';
import { PatronflowError } from '../../src/core/errors.ts';
import { never } from '../support/never.ts';
import { type S3Fault, type S3Server, startS3Server, useTestCredentials } from '../support/s3-server.ts';

let server: S3Server;

beforeAll(async () => {
  useTestCredentials();
  server = await startS3Server();
  server.createBucket('library');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.heal();
});
afterAll(() => server.stop());

const failureOf = async (work: Promise<unknown>): Promise<PatronflowError> => {
  const thrown = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(PatronflowError);
  return thrown as PatronflowError;
};
const check = async (options: { bucket?: string; endpoint?: string } = {}) => {
  const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'library', prefix: 'alma' };
  const store = createS3Objects({ ...place, ...options });
  const error = await failureOf(store.check(never));
  await store.close();
  return error;
};
const noWaits = () => vi.spyOn(Math, 'random').mockReturnValue(0);

describe('what S3 answers', () => {
  it('calls a bucket that is not there missing', async () => {
    const error = await check({ bucket: 'no-such-bucket' });

    expect(error).toMatchObject({ code: 'STORE_MISSING', kind: 'config' });
    expect(error.message).toContain('no-such-bucket');
  });

  it.each<[string, S3Fault, string]>([
    ['AccessDenied', { status: 403, code: 'AccessDenied' }, 'STORE_FORBIDDEN'],
    ['InvalidAccessKeyId', { status: 403, code: 'InvalidAccessKeyId' }, 'STORE_FORBIDDEN'],
    ['ExpiredToken', { status: 400, code: 'ExpiredToken' }, 'STORE_FORBIDDEN'],
    ['PermanentRedirect', { status: 301, code: 'PermanentRedirect' }, 'STORE_MISSING'],
    ['AuthorizationHeaderMalformed', { status: 400, code: 'AuthorizationHeaderMalformed' }, 'STORE_MISSING'],
    ['KMS.DisabledException', { status: 400, code: 'KMS.DisabledException' }, 'STORE_FORBIDDEN'],
    ['SlowDown', { status: 503, code: 'SlowDown' }, 'STORE_BUSY'],
    ['InternalError', { status: 500, code: 'InternalError' }, 'STORE_BUSY'],
  ])('knows what %s means', async (name, fault, code) => {
    noWaits();
    server.fail('ListObjects', fault);

    const error = await check();

    expect(error).toMatchObject({ code });
    expect(error.hint).not.toBe('');
    expect(error.message).toContain(code === 'STORE_MISSING' ? 'another region' : name);
    expect(error.message).not.toMatch(/test-(access|secret)-key|scripted by the test/);
  });

  it('tries three times before it calls the store busy', async () => {
    noWaits();
    server.fail('HeadBucket', { status: 503, code: 'SlowDown' });

    expect(await check()).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
    expect(server.calls).toHaveLength(3);
  });

  it('does not try again what was forbidden', async () => {
    server.fail('HeadBucket', { status: 403, code: 'AccessDenied' });

    expect(await check()).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'config' });
    expect(server.calls).toHaveLength(1);
  });

  it('goes on after a connection that was cut', async () => {
    noWaits();
    server.fail('HeadBucket', { cut: 'before' }, { times: 2 });
    const store = createS3Objects({
      region: 'us-east-1',
      endpoint: server.endpoint,
      bucket: 'library',
      prefix: '',
    });

    await expect(store.check(never)).resolves.toBe('writable, 0 zip files in the folder');
    await store.close();
  });
});

describe('when AWS is not there', () => {
  it('says which endpoint cannot be reached', async () => {
    noWaits();
    const stopped = await startS3Server();
    await stopped.stop();

    const error = await check({ endpoint: stopped.endpoint });

    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', kind: 'fatal' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('says that a name is not known', async () => {
    noWaits();
    const error = await check({ endpoint: 'http://s3.library.invalid' });

    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

describe('without credentials', () => {
  const forget = () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']) {
      vi.stubEnv(name, undefined);
    }
    const nowhere = join(import.meta.dirname, 'no-such-file');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', nowhere);
    vi.stubEnv('AWS_CONFIG_FILE', nowhere);
  };
  const place = { region: 'us-east-1', bucket: 'library' };

  it.each([
    [
      'the store',
      () => createS3Objects({ ...place, endpoint: server.endpoint, prefix: '' }),
      'STORE_FORBIDDEN',
    ],
    [
      'the ledger',
      () => createS3Checkpoint({ ...place, endpoint: server.endpoint, key: 'l.json' }),
      'STORE_FORBIDDEN',
    ],
    ['the mail', () => createSesMail({ region: 'us-east-1', endpoint: server.endpoint }), 'MAIL_REFUSED'],
  ])('%s says how to give some', async (_part, create, code) => {
    forget();
    const adapter = create();

    const error = await failureOf(adapter.check(never));

    expect(error).toMatchObject({ code });
    expect(error.hint).toContain('AWS_ACCESS_KEY_ID');
    expect(server.calls).toHaveLength(0);
    await adapter.close();
  });
});
