import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export const account = '111122223333';
export const region = 'us-east-1';

/** What a call gets instead of the service's answer. */
export type AwsFault =
  /** An error in the service's words. */
  | { readonly status: number; readonly code: string }
  /** The connection is cut before the service hears of the call, or after it did what was asked. */
  | { readonly cut: 'before' | 'after' }
  /** The service's own answer, late. */
  | { readonly delayMs: number };

/** An error that the service answers with; the real ones sometimes have no message. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message?: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The one that the service's own check of a call's lengths gives. */
export function lengthError(field: string, bound: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

/** What becomes of a call: decided when it arrives, done when its delay is over. */
export interface Plan {
  readonly fault: AwsFault | null;
  readonly act: () => object;
}

export interface AwsJsonService {
  /** The service's part of X-Amz-Target. */
  readonly target: string;
  /** HTTP/2 without TLS, or HTTP/1.1: a client speaks one of them and does not negotiate. */
  readonly protocol: 'h2c' | 'http1';
  /** @param token that of the caller's role, '' for none */
  readonly plan: (operation: string, body: Record<string, unknown>, token: string) => Plan;
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** A server of the AWS JSON 1.1 protocol. Signatures must be there and are not verified. */
export async function startAwsJsonServer({
  target,
  protocol,
  plan,
}: AwsJsonService): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const sockets = new Map<number, Socket>();
  // An HTTP/2 session hides its socket, and ending the session is a farewell where a cut is none.
  const cut = (incoming: Incoming): void => {
    sockets.get(incoming.socket.remotePort ?? 0)?.destroy();
  };

  const handle = async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
    let isGone = false;
    outgoing.on('close', () => {
      isGone = true;
    });
    const content = await buffer(incoming);
    const answer = (status: number, body: object): void => {
      if (isGone) return;
      outgoing.statusCode = status;
      outgoing.setHeader('content-type', 'application/x-amz-json-1.1');
      outgoing.setHeader('x-amzn-requestid', randomUUID());
      outgoing.end(JSON.stringify(body));
    };
    const refuse = ({ status, code, message }: AwsError): void =>
      answer(status, { __type: code, ...(message === '' ? {} : { message }) });

    const [service, operation = ''] = String(incoming.headers['x-amz-target']).split('.');
    if (service !== target) return refuse(new AwsError('UnknownOperationException'));
    if (!incoming.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      return refuse(new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token'));
    }
    const token = String(incoming.headers['x-amz-security-token'] ?? '');
    const { fault, act } = plan(operation, JSON.parse(content.toString()), token);
    if (fault && 'code' in fault) {
      return refuse(new AwsError(fault.code, 'scripted by the test', fault.status));
    }
    if (fault && 'cut' in fault && fault.cut === 'before') return cut(incoming);
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs, undefined, { ref: false });
    try {
      const result = act();
      if (fault && 'cut' in fault) cut(incoming);
      else answer(200, result);
    } catch (error) {
      refuse(error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500));
    }
  };

  const onRequest = (incoming: Incoming, outgoing: Outgoing): void => {
    // A client that breaks off is what some tests want.
    handle(incoming, outgoing).catch(() => cut(incoming));
  };
  const server =
    protocol === 'h2c'
      ? // Node's 10 MB for a session are less than a few calls of 5 MiB in base64 at once.
        createHttp2Server({ maxSessionMemory: 200 }, onRequest)
      : createServer(onRequest);
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('close', () => sockets.delete(port));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}
