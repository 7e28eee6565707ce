import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSesMail } from '../../../src/adapters/mail/ses.ts';
import type { Message } from '../../../src/core/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { useTestCredentials } from '../../support/s3-server.ts';
import { sesAccount, startRefusingSes, startSesServer } from '../../support/ses-server.ts';

const message: Message = {
  from: 'reports@library.example',
  to: ['systems@library.example', 'staff.member@library.example'],
  subject: 'Patron load: 12 people – done',
  text: 'Twelve people were loaded.',
  html: '<p>Twelve <b>people</b> were loaded.</p>',
};

/** The error of mail that must fail; it names no recipient. */
const failure = (work: Promise<unknown>) => failureOf(work, ['staff.member@library.example']);

describe('mail by SES', () => {
  beforeEach(() => {
    useTestCredentials();
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const open = (endpoint: string) => createSesMail({ region: 'us-east-1', endpoint });

  it.each([
    [400, 'MessageRejected', 'MAIL_REFUSED'],
    [400, 'MailFromDomainNotVerifiedException', 'MAIL_REFUSED'],
    [400, 'AccountSuspendedException', 'MAIL_REFUSED'],
    [403, 'AccessDeniedException', 'MAIL_REFUSED'],
    [403, 'InvalidClientTokenId', 'MAIL_REFUSED'],
    [429, 'TooManyRequestsException', 'MAIL_UNREACHABLE'],
    [400, 'LimitExceededException', 'MAIL_REFUSED'],
    [500, 'InternalFailure', 'MAIL_UNREACHABLE'],
  ])('with the answer %i %s is no mystery', async (status, type, code) => {
    const server = await startRefusingSes(status, type);
    const mailer = open(server.endpoint);

    const error = await failure(mailer.send(message));

    expect(error).toMatchObject({ code, message: expect.stringContaining(type) });
    await mailer.close();
    await server.stop();
  });

  it.each([
    [true, 'answers and may send'],
    [false, 'answers, but sending is switched off for this account'],
  ])('is checked by a look at the account, where sending is allowed: %s', async (SendingEnabled, found) => {
    const server = await startSesServer();
    vi.stubEnv('AWS_SES_ACCOUNT', JSON.stringify({ ...sesAccount, SendingEnabled }));
    const mailer = open(server.endpoint);

    await expect(mailer.check(never)).resolves.toBe(found);
    await mailer.close();
    await server.stop();
    vi.unstubAllEnvs();
  });

  it('is checked without the right to look at the account', async () => {
    const server = await startRefusingSes(403, 'AccessDeniedException');
    const mailer = open(server.endpoint);

    await expect(mailer.check(never)).resolves.toMatch(/answers/);
    await mailer.close();
    await server.stop();
  });

  it('says that no server listens', async () => {
    const server = await startRefusingSes(500, 'InternalFailure');
    await server.stop();

    const error = await failure(open(server.endpoint).send(message));

    expect(error).toMatchObject({
      code: 'MAIL_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
