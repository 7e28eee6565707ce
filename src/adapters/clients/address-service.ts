import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { systemCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import { urlPart } from '../../core/url-part.ts';

/** What a web service is asked. */
export interface ServiceQuestion {
  readonly method: 'GET' | 'POST';
  /** What follows the path of the service's URL, behind a slash. */
  readonly path?: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ServiceFailure {
  readonly kind: 'failure';
  /** Fit to be shown: a status, a code of the system, or words of ours. */
  readonly what: string;
  /** The wait that the service asked for. */
  readonly waitMs: number;
  /** Of an answer that is not 200; null where there was none. */
  readonly status: number | null;
}

export type ServiceReply = { readonly kind: 'answer'; readonly bytes: Buffer } | ServiceFailure;

/**
 * A web service that addresses are sent to. They go where its URL says and nowhere else: no redirect is followed, and
 * what is meant for this machine never goes through a proxy that the environment names.
 */
export class AddressService {
  /** The URL as it may be shown: without user, password and parameters. */
  readonly place: string;
  readonly #url: URL;
  readonly #authorization: Readonly<Record<string, string>>;
  /** Null: that of Node.js, which may know a proxy. */
  readonly #agent: HttpAgent | null;

  constructor(url: string) {
    const { username, password, origin, pathname, protocol } = new URL(url);
    this.place = `${origin}${pathname}`;
    this.#url = new URL(url);
    this.#url.username = '';
    this.#url.password = '';
    const login = `${urlPart(username)}:${urlPart(password)}`;
    this.#authorization =
      login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    const Agent = protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agent = isLoopback(url) ? new Agent({ keepAlive: true }) : null;
  }

  /** Asks once. @throws only when it was told to stop */
  async ask(question: ServiceQuestion): Promise<ServiceReply> {
    const { timeoutMs, signal } = question;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#send(question, AbortSignal.any([signal, timeout]));
      const bytes = await buffer(response);
      return response.statusCode === 200 ? { kind: 'answer', bytes } : refusal(response);
    } catch (thrown) {
      signal.throwIfAborted();
      const what = timeout.aborted ? 'no answer in time' : systemCode(thrown) || 'the connection broke';
      return failure(what);
    }
  }

  /** Lets go of connections. */
  close(): void {
    this.#agent?.destroy();
  }

  #send(question: ServiceQuestion, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path = '', parameters, headers, body } = question;
    const url = new URL(this.#url);
    if (path !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
    for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      method,
      headers: { ...this.#authorization, ...headers, ...(body && { 'content-length': body.length }) },
      signal,
      ...(this.#agent && { agent: this.#agent }),
    };
    return new Promise((resolve, reject) => {
      send(url, options, resolve).on('error', reject).end(body);
    });
  }
}

/** What went wrong without an answer that could be used. */
export function failure(what: string): ServiceFailure {
  return { kind: 'failure', what, waitMs: 0, status: null };
}

function refusal({ statusCode = 0, headers }: IncomingMessage): ServiceFailure {
  const seconds = Number(headers['retry-after']);
  const waitMs = Number.isFinite(seconds) ? Math.min(seconds, 300) * 1000 : 0;
  return { kind: 'failure', what: `HTTP ${statusCode}`, waitMs, status: statusCode };
}
