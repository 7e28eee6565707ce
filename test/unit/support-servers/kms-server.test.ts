import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type KmsServer, startKmsServer } from '../../support/kms-server.ts';

let kms: KmsServer;
let client: KMSClient;

beforeAll(async () => {
  kms = await startKmsServer();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new KMSClient({ region: 'us-east-1', endpoint: kms.endpoint, credentials, maxAttempts: 1 });
});
afterEach(() => kms.heal());
afterAll(async () => {
  client.destroy();
  await kms.stop();
});

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const decrypt = async (blob: Uint8Array, context?: Record<string, string>) => {
  const command = new DecryptCommand({
    CiphertextBlob: blob,
    ...(context && { EncryptionContext: context }),
  });
  return Buffer.from((await client.send(command)).Plaintext ?? []).toString();
};

test('what the test encrypts, the client decrypts', async () => {
  expect(await decrypt(bytes(kms.encrypt('secret é')))).toBe('secret é');
  expect(kms.encrypt('secret')).not.toBe(kms.encrypt('secret'));
  expect(kms.calls).toEqual(['Decrypt']);
});

test.each(['keyId', 'keyArn', 'alias'] as const)('the client encrypts under the %s', async (name) => {
  const { CiphertextBlob, KeyId } = await client.send(
    new EncryptCommand({ KeyId: kms[name], Plaintext: Buffer.from('secret') }),
  );
  expect(KeyId).toBe(kms.keyArn);
  expect(await decrypt(CiphertextBlob ?? new Uint8Array())).toBe('secret');
});

test('a data key is as long as asked and decrypts to itself', async () => {
  const { Plaintext, CiphertextBlob } = await client.send(
    new GenerateDataKeyCommand({ KeyId: kms.alias, KeySpec: 'AES_256' }),
  );
  expect(Plaintext).toHaveLength(32);
  const again = await client.send(new DecryptCommand({ CiphertextBlob }));
  expect(again.Plaintext).toEqual(Plaintext);
  await expect(client.send(new GenerateDataKeyCommand({ KeyId: kms.alias }))).rejects.toThrow(
    'Please specify either number of bytes or key spec.',
  );
});

test('a wrong context, junk and a changed byte are invalid', async () => {
  const sealed = bytes(kms.encrypt('secret', { app: 'a', geocoder: 'b' }));
  expect(await decrypt(sealed, { geocoder: 'b', app: 'a' })).toBe('secret');
  const changed = Buffer.from(sealed);
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
  for (const call of [
    decrypt(sealed),
    decrypt(sealed, { app: 'a' }),
    decrypt(Buffer.from('junk')),
    decrypt(changed, { app: 'a', geocoder: 'b' }),
  ]) {
    await expect(call).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
  }
});

test('another key is not found', async () => {
  const encrypt = (KeyId: string) =>
    client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('secret') }));
  await expect(encrypt('alias/other')).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Alias arn:aws:kms:us-east-1:111122223333:alias/other is not found.',
  });
  await expect(encrypt('0')).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('faults strike the operation they are for, as often as told', async () => {
  const denied = { status: 400, code: 'AccessDeniedException' };
  kms.fail(denied, { operation: 'Decrypt', after: 2, times: 1 });
  const sealed = bytes(kms.encrypt('secret'));
  expect(await decrypt(sealed)).toBe('secret');
  expect(await decrypt(sealed)).toBe('secret');
  await client.send(new GenerateDataKeyCommand({ KeyId: kms.alias, KeySpec: 'AES_128' }));
  await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(await decrypt(sealed)).toBe('secret');
  kms.fail({ cut: 'before' });
  await expect(decrypt(sealed)).rejects.toThrow();
});
