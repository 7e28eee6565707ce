import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { AwsError, type AwsFault, account, lengthError, region, startAwsJsonServer } from './aws-json.ts';
import { ScriptedFaults, type When } from './scripted-faults.ts';

export type KmsOperation = 'Encrypt' | 'Decrypt' | 'GenerateDataKey';
type Context = Readonly<Record<string, string>>;

export interface KmsServer {
  readonly endpoint: string;
  readonly keyId: string;
  readonly keyArn: string;
  readonly alias: string;
  /** The operation of every call that arrived, in order. */
  readonly calls: string[];
  /** What the service would return for a text, in base64, for a test's configuration. */
  encrypt(text: string, context?: Context): string;
  /** Lets calls fail: of all operations, or of one. */
  fail(fault: AwsFault, when?: When & { readonly operation?: KmsOperation }): void;
  /** Forgets faults and calls. */
  heal(): void;
  stop(): Promise<void>;
}

/** The service's own limit for what it encrypts itself. */
const maxPlaintext = 4096;
/** A blob is its key's id, then the nonce, the tag and the text. */
const keyIdLength = 36;
const nonceLength = 12;
const tagLength = 16;

/** A KMS with one symmetric key that really encrypts: AES-256-GCM, with the encryption context authenticated. */
export async function startKmsServer(): Promise<KmsServer> {
  const secret = randomBytes(32);
  const keyId: string = randomUUID();
  const keyArn = arnOf(`key/${keyId}`);
  const alias = 'alias/patrons';
  const faults = new ScriptedFaults<AwsFault, string>();
  const calls: string[] = [];

  const seal = (text: Buffer, context: Context): Buffer => {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(canonical(context));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([Buffer.from(keyId), nonce, cipher.getAuthTag(), sealed]);
  };

  const open = (blob: Buffer, context: Context): Buffer => {
    const nonceEnd = keyIdLength + nonceLength;
    const tagEnd = nonceEnd + tagLength;
    try {
      if (blob.toString('latin1', 0, keyIdLength) !== keyId) throw new Error('of another key');
      const decipher = createDecipheriv('aes-256-gcm', secret, blob.subarray(keyIdLength, nonceEnd))
        .setAAD(canonical(context))
        .setAuthTag(blob.subarray(nonceEnd, tagEnd));
      return Buffer.concat([decipher.update(blob.subarray(tagEnd)), decipher.final()]);
    } catch {
      // The real one does not say why either.
      throw new AwsError('InvalidCiphertextException');
    }
  };

  const requireKey = (name: unknown): void => {
    if ([keyId, keyArn, alias, arnOf(alias)].includes(String(name))) return;
    const arn = String(name).startsWith('arn:') ? String(name) : null;
    if (String(name).includes('alias/')) {
      throw new AwsError('NotFoundException', `Alias ${arn ?? arnOf(String(name))} is not found.`);
    }
    throw new AwsError('NotFoundException', `Key '${arn ?? arnOf(`key/${name}`)}' does not exist`);
  };

  const act = (operation: string, body: Record<string, unknown>): object => {
    const context = (body.EncryptionContext ?? {}) as Context;
    if (operation === 'Decrypt') {
      if (body.KeyId !== undefined) requireKey(body.KeyId);
      const text = open(Buffer.from(String(body.CiphertextBlob), 'base64'), context);
      return {
        KeyId: keyArn,
        Plaintext: text.toString('base64'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    }
    if (operation === 'Encrypt') {
      const text = Buffer.from(String(body.Plaintext), 'base64');
      if (text.length > maxPlaintext) throw lengthError('plaintext', `less than or equal to ${maxPlaintext}`);
      requireKey(body.KeyId);
      const blob = seal(text, context).toString('base64');
      return { KeyId: keyArn, CiphertextBlob: blob, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    if (operation === 'GenerateDataKey') {
      requireKey(body.KeyId);
      const key = randomBytes(dataKeyLength(body));
      const blob = seal(key, context).toString('base64');
      return { KeyId: keyArn, Plaintext: key.toString('base64'), CiphertextBlob: blob };
    }
    throw new AwsError('UnknownOperationException');
  };

  const { endpoint, stop } = await startAwsJsonServer({
    target: 'TrentService',
    protocol: 'http1',
    plan: (operation, body) => {
      calls.push(operation);
      return { fault: faults.take(operation), act: () => act(operation, body) };
    },
  });
  return {
    endpoint,
    keyId,
    keyArn,
    alias,
    calls,
    encrypt: (text, context = {}) => seal(Buffer.from(text), context).toString('base64'),
    fail: (fault, { operation, ...when } = {}) =>
      faults.add(fault, when, (called) => operation === undefined || called === operation),
    heal: () => {
      faults.clear();
      calls.length = 0;
    },
    stop,
  };
}

function arnOf(resource: string): string {
  return `arn:aws:kms:${region}:${account}:${resource}`;
}

/** The order of a context's entries does not matter to the service. */
function canonical(context: Context): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function dataKeyLength({ KeySpec, NumberOfBytes }: Record<string, unknown>): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  return KeySpec === 'AES_128' ? 16 : Number(NumberOfBytes ?? 32);
}
