import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { isBuiltin, register } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { FauxqsServer } from 'fauxqs';
import { ConditionalPuts } from './s3-conditions.ts';
import { OpenUploads } from './s3-uploads.ts';

export type S3Operation =
  | 'HeadBucket'
  | 'ListObjects'
  | 'DeleteObjects'
  | 'ListUploads'
  | 'CreateUpload'
  | 'UploadPart'
  | 'CompleteUpload'
  | 'AbortUpload'
  | 'PutObject'
  | 'GetObject'
  | 'Other';

/** What a call gets instead of the store's answer. */
export type S3Fault =
  /** An error in S3's words; status 200 is S3's way to fail in the middle of completing an upload. */
  | { readonly status: number; readonly code: string }
  /** Any other answer. */
  | { readonly status: number; readonly xml: string }
  /** The connection is cut before the store hears of the call, or after it did what was asked. */
  | { readonly cut: 'before' | 'after' }
  /** The store's own answer, late. */
  | { readonly delayMs: number };

export interface S3Call {
  readonly operation: S3Operation;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface S3Server {
  readonly endpoint: string;
  /** Every call that arrived, in order. */
  readonly calls: S3Call[];
  /** Lets calls fail: those of an operation, from the first one on, as often as told (always when not told). */
  fail(operation: S3Operation, fault: S3Fault, when?: { after?: number; times?: number }): void;
  /** Whether the buckets encrypt with KMS by themselves: ETags are then no checksums. */
  encrypts: boolean;
  /** Whether a PUT may have conditions, as AWS takes them since 2024; other stores pass over them. */
  knowsConditions: boolean;
  /** Forgets faults. */
  forgive(): void;
  /** Forgets faults and calls. */
  heal(): void;
  createBucket(name: string): void;
  /** Keys of the uploads that were begun and neither completed nor aborted. */
  openUploads(bucket: string): string[];
  /** A client of the test's own, which no fault touches. */
  readonly client: S3Client;
  stop(): Promise<void>;
}

interface Rule {
  readonly operation: S3Operation;
  readonly fault: S3Fault;
  skip: number;
  left: number;
}

/** Invented credentials for the SDK's own chain, and no look-up of a machine's role. */
export function useTestCredentials(): void {
  process.env.AWS_ACCESS_KEY_ID = 'test-access-key';
  process.env.AWS_SECRET_ACCESS_KEY = 'test-secret-key';
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
}

/** An S3 that speaks the real protocol (fauxqs), behind a proxy that can be told to fail. */
export async function startS3Server(): Promise<S3Server> {
  const store = await startStore();
  const calls: S3Call[] = [];
  const uploads = new OpenUploads();
  const puts = new ConditionalPuts();
  let rules: Rule[] = [];

  const faultOf = (operation: S3Operation): S3Fault | null => {
    for (const rule of rules) {
      if (rule.operation !== operation) continue;
      if (rule.skip > 0) rule.skip -= 1;
      else if (rule.left > 0) {
        rule.left -= 1;
        return rule.fault;
      }
    }
    return null;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const operation = operationOf(incoming.method ?? '', incoming.url ?? '');
    calls.push({ operation, path: incoming.url ?? '', headers: incoming.headers, body });
    const fault = faultOf(operation);
    if (fault && 'status' in fault) {
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' });
      const content = 'xml' in fault ? fault.xml : errorXml(fault.code);
      outgoing.end(incoming.method === 'HEAD' ? undefined : content);
      return;
    }
    if (fault && 'cut' in fault && fault.cut === 'before') {
      incoming.socket.destroy();
      return;
    }
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs);
    const isMute = fault !== null && 'cut' in fault;
    await answer(operation, incoming, body, isMute ? null : outgoing);
    if (isMute) incoming.socket.destroy();
  };
  const proxy = createServer((incoming, outgoing) => {
    // A client that breaks off is what some tests want.
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const answer = async (
    operation: S3Operation,
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse | null,
  ): Promise<void> => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://s3');
    const [bucket = '', ...parts] = pathname.slice(1).split('/').map(decodeURIComponent);
    const id = searchParams.get('uploadId') ?? '';
    if (operation === 'ListUploads') {
      outgoing
        ?.writeHead(200, { 'content-type': 'application/xml' })
        .end(uploads.listXml(bucket, searchParams));
      return;
    }
    if (operation === 'AbortUpload' && !uploads.end(id)) {
      outgoing?.writeHead(404, { 'content-type': 'application/xml' }).end(errorXml('NoSuchUpload'));
      return;
    }
    const put = () => forward(store.port, incoming, body);
    const answered =
      operation === 'PutObject' && server.knowsConditions
        ? await puts.run(incoming.headers, () => etagOf(store.port, incoming.url ?? ''), put)
        : await put();
    if (typeof answered === 'string') {
      const refused = answered === 'NoSuchKey' ? 404 : 412;
      outgoing?.writeHead(refused, { 'content-type': 'application/xml' }).end(errorXml(answered));
      return;
    }
    const { status, headers, content } = answered;
    if (operation === 'CreateUpload' && status === 200) {
      uploads.begin(bucket, parts.join('/'), /<UploadId>(.+?)</.exec(content.toString())?.[1] ?? '');
      if (server.encrypts) headers['x-amz-server-side-encryption'] = 'aws:kms';
    }
    if (operation === 'CompleteUpload' && status === 200) uploads.end(id);
    const isRewritten = server.encrypts && operation === 'ListObjects';
    outgoing
      ?.writeHead(status, headers)
      .end(isRewritten ? content.toString().replace(/[0-9a-f]{32}-/g, `${'0'.repeat(32)}-`) : content);
  };
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${store.port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'observer', secretAccessKey: 'observer' },
  });
  const server: S3Server = {
    endpoint,
    calls,
    client,
    encrypts: false,
    knowsConditions: true,
    fail: (operation, fault, { after = 0, times = Number.POSITIVE_INFINITY } = {}) => {
      rules.push({ operation, fault, skip: after, left: times });
    },
    forgive: () => {
      rules = [];
    },
    heal: () => {
      server.forgive();
      calls.length = 0;
      server.encrypts = false;
      server.knowsConditions = true;
    },
    createBucket: (name) => void store.createBucket(name),
    openUploads: (bucket) => uploads.keysIn(bucket),
    stop: async () => {
      client.destroy();
      proxy.closeAllConnections();
      proxy.close();
      await store.stop();
    },
  };
  return server;
}

/** fauxqs imports SQLite, which Node has from 22 on, for a persistence that no test uses: older ones get a stand-in. */
async function startStore(): Promise<FauxqsServer> {
  if (!isBuiltin('node:sqlite')) {
    const standIn = 'data:text/javascript,export class DatabaseSync {}';
    const hook = `export const resolve = (name, context, next) =>
      name === 'node:sqlite' ? { url: ${JSON.stringify(standIn)}, shortCircuit: true } : next(name, context);`;
    register(`data:text/javascript,${encodeURIComponent(hook)}`);
  }
  const { startFauxqs } = await import('fauxqs');
  return startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
}

async function forward(
  port: number,
  { method, url, headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: Buffer,
): Promise<{ status: number; headers: IncomingHttpHeaders; content: Buffer }> {
  // The proxy has answered `Expect: 100-continue` itself.
  const { expect: _answered, ...rest } = headers;
  const call = request({ host: '127.0.0.1', port, method, path: url, headers: rest, agent: false });
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const content = await buffer(answer);
  return { status: answer.statusCode ?? 500, headers: answer.headers, content };
}

async function etagOf(port: number, url: string): Promise<string | null> {
  const { pathname } = new URL(url, 'http://s3');
  const { status, headers } = await forward(
    port,
    { method: 'HEAD', url: pathname, headers: {} },
    Buffer.alloc(0),
  );
  return status === 200 ? (headers.etag ?? null) : null;
}

function operationOf(method: string, url: string): S3Operation {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const isObject = pathname.split('/').filter((part) => part !== '').length > 1;
  const has = (name: string) => searchParams.has(name);
  if (!isObject) {
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'GET') return has('uploads') ? 'ListUploads' : 'ListObjects';
    return method === 'POST' && has('delete') ? 'DeleteObjects' : 'Other';
  }
  if (method === 'POST') return has('uploads') ? 'CreateUpload' : 'CompleteUpload';
  if (method === 'PUT') return has('partNumber') ? 'UploadPart' : 'PutObject';
  if (method === 'DELETE') return has('uploadId') ? 'AbortUpload' : 'Other';
  return method === 'GET' ? 'GetObject' : 'Other';
}

function errorXml(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>scripted by the test</Message></Error>`;
}
