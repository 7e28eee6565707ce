import { unreachableCodes, untrustedCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { createPace } from '../../core/pace.ts';
import { type RetryPolicy, retry, standardRetry } from '../../core/retry.ts';
import { safeText } from '../../core/safe-text.ts';
import { type AlmaAnswer, readAlmaAnswer } from './alma-answer.ts';

export interface AlmaRequestOptions {
  /** Up to `/almaws/v1`. */
  readonly url: string;
  readonly key: string;
  readonly requestsPerSecond: number;
  /** Calls of the day that are left to others. */
  readonly leastCallsLeft: number;
  readonly timeoutMs: number;
  /** Wait after a first failure; doubled after the second. */
  readonly firstWaitMs: number;
}

/** Alma's answer to a question that it took. Other answers are thrown. */
export type AlmaReply =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly message: string };

/** Of a POST there is also the case that it may have been processed. */
export type AlmaPostReply = AlmaReply | { readonly kind: 'unclear'; readonly what: string };

type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Alma's gateway takes 25 calls a second of an institution, shared by all its programs; no redirect is followed, for it would take the key along. */
export class AlmaRequests {
  /** The address, without the key, which goes in a header. */
  readonly place: string;
  readonly #options: AlmaRequestOptions;
  readonly #log: Pick<Log, 'warn'>;
  readonly #policy: RetryPolicy;
  readonly #pace: (signal: AbortSignal) => Promise<void>;
  #callsLeft = Infinity;

  constructor(options: AlmaRequestOptions, log: Pick<Log, 'warn'>) {
    const { origin, pathname } = new URL(options.url);
    this.place = `${origin}${pathname.replace(/\/+$/, '')}`;
    this.#options = options;
    this.#policy = { ...standardRetry, firstDelayMs: options.firstWaitMs };
    this.#pace = createPace(1000 / options.requestsPerSecond);
    this.#log = log;
  }

  /** Asks until there is an answer; a GET changes nothing, so it may be asked again. @throws PatronflowError */
  get(path: string, parameters: Parameters, signal: AbortSignal): Promise<AlmaReply> {
    const again = ({ code, message }: PatronflowError) => this.#log.warn(`${message} Retrying.`, { code });
    const ask = async () => this.#judged(await this.#send('GET', path, parameters, signal));
    return retry(this.#policy, ask, again, signal);
  }

  /** Asks once, and again only where Alma says that it did nothing. @throws PatronflowError where nothing was processed */
  async post(path: string, parameters: Parameters, signal: AbortSignal): Promise<AlmaPostReply> {
    const ask = async (): Promise<AlmaPostReply> => {
      let answer: AlmaAnswer;
      try {
        answer = await this.#send('POST', path, parameters, signal);
      } catch (error) {
        if (error instanceof PatronflowError && error.code === 'ALMA_BUSY')
          return { kind: 'unclear', what: error.message };
        throw error;
      }
      // What the gateway says of a server behind it does not tell whether the server got the question.
      if (isOutOfOrder(answer) || (answer.status < 300 && !isReadable(answer)))
        return { kind: 'unclear', what: `${this.place} answered with HTTP ${answer.status}.` };
      return this.#judged(answer);
    };
    return retry(this.#policy, ask, undefined, signal);
  }

  /** Sends one request, when its turn has come. */
  async #send(
    method: 'GET' | 'POST',
    path: string,
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<AlmaAnswer> {
    const { key, timeoutMs, leastCallsLeft } = this.#options;
    signal.throwIfAborted();
    if (this.#callsLeft <= leastCallsLeft) throw this.#floor();
    await this.#pace(signal);
    const url = new URL(`${this.place}/${path}`);
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers: {
          authorization: `apikey ${key}`,
          accept: 'application/json',
          // Between two looks Alma closes what is kept open, and a start sent into a closed connection is an unclear one.
          connection: 'close',
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        },
        ...(method === 'POST' && { body: '{}' }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      const left = response.headers.get('x-exl-api-remaining');
      if (left !== null && /^\d+$/.test(left)) this.#callsLeft = Number(left);
      // A page of the gateway may quote what it was sent.
      const text = (await response.text()).replaceAll(key, '***');
      return readAlmaAnswer(response.status, text);
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#lost(thrown, timeout.aborted);
    }
  }

  #lost(thrown: unknown, isTimeout: boolean): PatronflowError {
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    const code = systemCode(cause);
    const isAway = unreachableCodes.test(code) || untrustedCodes.test(code);
    const what = isTimeout ? 'no answer in time' : code || 'the connection broke';
    return new PatronflowError(
      isAway && !isTimeout ? 'ALMA_UNREACHABLE' : 'ALMA_BUSY',
      `Alma at ${this.place} does not answer (${safeText(what)}).`,
      { hint: 'Check alma.url, the network and the certificate; or try again later.', cause: thrown },
    );
  }

  /** Sorts an answer. What another call may mend is `transient`. */
  #judged(answer: AlmaAnswer): AlmaReply {
    const { status, body, errors, isHtml } = answer;
    const codes = errors.map(({ code }) => code);
    const has = (...some: readonly string[]) => codes.some((code) => some.includes(code));
    const error = (code: 'ALMA_REFUSED' | 'ALMA_BUSY' | 'ALMA_LIMIT', what: string, hint: string) =>
      new PatronflowError(code, `Alma at ${this.place} ${what}.`, { hint });
    if (has('DAILY_THRESHOLD'))
      throw error(
        'ALMA_LIMIT',
        'accepts no more calls from this institution today (daily limit)',
        untilMidnight,
      );
    if (status === 429)
      throw error('ALMA_BUSY', 'received too many calls per second', 'Lower alma.requests_per_second.');
    if (isOutOfOrder(answer)) throw error('ALMA_BUSY', `is unavailable (HTTP ${status})`, 'Try again later.');
    if (isHtml || (status >= 300 && status < 400))
      throw error(
        'ALMA_REFUSED',
        `answered with a web page or a redirect instead of data (HTTP ${status})`,
        ofApi,
      );
    if (status === 401 || status === 403 || has('UNAUTHORIZED', 'FORBIDDEN', 'INVALID_REQUEST'))
      throw error('ALMA_REFUSED', `rejected the key, or the key lacks a permission (HTTP ${status})`, ofKey);
    if (status >= 400 || errors.length > 0 || String(errorsExist(body)) === 'true')
      return { kind: 'refused', codes, message: errorText(answer) };
    if (!isReadable(answer))
      throw error('ALMA_REFUSED', 'answered with something that is neither JSON nor XML', ofApi);
    return { kind: 'answer', body };
  }

  #floor(): PatronflowError {
    return new PatronflowError(
      'ALMA_LIMIT',
      `Alma at ${this.place} allows only ${this.#callsLeft} more calls today, and alma.least_calls_left reserves these for other programs.`,
      { hint: untilMidnight },
    );
  }
}

const untilMidnight = 'The limit ends at midnight. Look for the program that uses so many calls.';
const ofKey =
  'The key needs the area Configuration: read-only to look, read/write to start a job. Keys are made in the Developer Network.';
const ofApi =
  'Set alma.url to the address of the API, such as https://api-na.hosted.exlibrisgroup.com/almaws/v1.';

/** Trouble of the gateway, or of what stands behind it. */
function isOutOfOrder({ status, errors }: AlmaAnswer): boolean {
  return status >= 500 || errors.some(({ code }) => ['GENERAL_ERROR', 'ROUTING_ERROR'].includes(code));
}

function isReadable({ body }: AlmaAnswer): boolean {
  return typeof body === 'object' && body !== null;
}

function errorsExist(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'errorsExist' in body ? body.errorsExist : false;
}

/** What Alma calls the error, fit to be shown. */
function errorText({ status, errors }: AlmaAnswer): string {
  const [first] = errors;
  return first ? `error ${safeText(first.code || 'without a code')}` : `HTTP ${status}`;
}
