import { z } from 'zod';
import { unreachableCodes, untrustedCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import { secret } from '../../core/settings.ts';
import { type FileSource, fileSourceAdapter } from '../../feeds/ports.ts';

export interface HttpsFilesOptions {
  /** The address of a folder; the name of a file is put behind it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const httpsFiles = fileSourceAdapter({
  system: 'https',
  forms: ['https://host/path'],
  schemes: ['https', 'http'],
  pattern: /^https?:\/\/[^/@?#]+(\/[^?#]*)?$/,
  options: z.strictObject({
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be a header name'), secret)
      .optional()
      .describe('Headers of the requests, such as `Authorization: "Bearer ${FEED_TOKEN}"`.'),
  }),
  problems: ({ url = '' }) =>
    url.startsWith('http:') && !isLoopback(url)
      ? [{ key: 'url', message: 'must be https://; http:// would send the feed unencrypted' }]
      : [],
  create: ({ url }, { headers }) => createHttpsFiles({ url, ...(headers && { headers }) }),
});

/** A server that does not begin to answer in a minute, or sends nothing for one, is down. */
const silenceMs = 60_000;

/** Feeds that a web server gives out under known names. */
export function createHttpsFiles({ url, headers = {} }: HttpsFilesOptions): FileSource {
  const place = url.replace(/\/+$/, '');
  const addressOf = (name: string) => `${place}/${name.split('/').map(encodeURIComponent).join('/')}`;

  const ask = async (
    method: 'HEAD' | 'GET',
    address: string,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), silenceMs);
    try {
      const answer = await fetch(address, {
        method,
        // The length that is announced is that of the file.
        headers: { 'accept-encoding': 'identity', ...headers, ...more },
        // A redirect to another server would take the headers, which may be a key, along.
        redirect: 'manual',
        signal: AbortSignal.any([signal, stop.signal]),
      });
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw lost(place, error);
    } finally {
      clearTimeout(timer);
    }
  };

  /** Asks about a file: by HEAD, or by its first byte where a server gives out files and refuses to speak of them. */
  const askAbout = async (address: string, signal: AbortSignal): Promise<Response> => {
    const answer = await ask('HEAD', address, signal);
    if (!refusesHead.has(answer.status)) return answer;
    const first = await ask('GET', address, signal, { range: 'bytes=0-0' });
    // A server without ranges begins to send the whole file.
    if (first.ok) await first.body?.cancel().catch(() => {});
    return first;
  };

  return {
    name: place,
    isFolder: false,

    async check(signal) {
      // Only the files have to be there: of the folder itself most servers give nothing. A wrong key shows all the same.
      const answer = await ask('HEAD', place, signal);
      if (answer.status === 401) await accepted(answer, place);
      return 'the server answers; files are asked for by name';
    },

    async *list(signal, name) {
      if (name === undefined) return;
      const answer = await askAbout(addressOf(name), signal);
      if (isMissing(answer)) return;
      if (!isEmpty(answer)) await accepted(answer, `${place}/${name}`);
      const modified = new Date(answer.headers.get('last-modified') ?? Number.NaN);
      yield { name, size: sizeOf(answer), modified: Number.isNaN(modified.getTime()) ? null : modified };
    },

    async *read(name, signal) {
      const { body } = await accepted(await ask('GET', addressOf(name), signal), `${place}/${name}`);
      if (!body) return;
      const reader = body.getReader();
      try {
        for (;;) {
          const { value } = await beforeSilence(reader.read(), place);
          if (value === undefined) return;
          yield Buffer.from(value);
        }
      } catch (error) {
        signal.throwIfAborted();
        throw lost(place, error);
      } finally {
        await reader.cancel().catch(() => {});
      }
    },

    remove: () => Promise.reject(new Error('a file of a web server cannot be removed')),
    move: () => Promise.reject(new Error('a file of a web server cannot be moved')),
    async close() {},
  };
}

/** What servers answer that know no HEAD, or allow only GET: signed addresses are made for one of them. */
const refusesHead = new Set([400, 403, 405, 501]);

/** An empty file has no first byte. */
const isEmpty = ({ status, headers }: Response): boolean =>
  status === 416 && /^bytes \*\/0$/.test(headers.get('content-range') ?? '');

/** Bytes of the whole file; null where the server does not say. */
function sizeOf({ status, headers }: Response): number | null {
  // Of what is packed although that was not asked for, the length is that of the pack.
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return null;
  const isPart = status === 206 || status === 416;
  const length = isPart
    ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
    : headers.get('content-length');
  return length ? Number(length) : null;
}

const isMissing = ({ status }: Response): boolean => status === 404 || status === 410;

async function accepted(answer: Response, what: string): Promise<Response> {
  const { status } = answer;
  if (answer.ok) return answer;
  // A page that nothing reads would keep the connection.
  await answer.body?.cancel();
  if (isMissing(answer))
    throw new PatronflowError('SOURCE_MISSING', `${what} is not there (HTTP ${status}).`, {
      hint: 'Check url of the source and file of the table.',
    });
  if (status === 401 || status === 403)
    throw new PatronflowError('SOURCE_LOGIN', `${what} is refused (HTTP ${status}).`, {
      hint: 'Check https.headers of the source; a key may have expired.',
    });
  if (status >= 300 && status < 400)
    throw new PatronflowError('SOURCE_MISSING', `${what} leads to another address (HTTP ${status}).`, {
      hint: 'Set url to the final address. Redirects are not followed, since the headers would go along.',
    });
  throw new PatronflowError('SOURCE_LOST', `${what} cannot be downloaded (HTTP ${status}).`, {
    hint: 'Run again later.',
  });
}

async function beforeSilence<T>(work: Promise<T>, place: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lost(place, { code: 'ETIMEDOUT' })), silenceMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function lost(place: string, error: unknown): unknown {
  if (error instanceof PatronflowError) return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const reason = systemCode(cause) || (error instanceof Error ? error.name : 'no answer');
  const isAway = unreachableCodes.test(reason) || untrustedCodes.test(reason);
  return isAway
    ? new PatronflowError('SOURCE_UNREACHABLE', `${place} cannot be reached (${reason}).`, {
        hint: 'Check host, port, firewall and certificate.',
        cause: error,
      })
    : new PatronflowError(
        'SOURCE_LOST',
        `${place} closed the connection or stopped responding (${reason}).`,
        {
          hint: 'Run again later.',
          cause: error,
        },
      );
}
