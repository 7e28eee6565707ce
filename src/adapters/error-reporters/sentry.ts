import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ErrorReporter } from '../../core/ports.ts';
import { errorReporterAdapter } from '../../core/ports.ts';
import { secret } from '../../core/settings.ts';

export interface SentryOptions {
  readonly dsn: string;
  readonly environment?: string | undefined;
  readonly release: string;
}

/** How long a run waits for its last event: it must not hang on being watched. */
const answerMs = 5_000;

export const sentryReporter = errorReporterAdapter({
  system: 'sentry',
  options: z.strictObject({
    dsn: secret
      .regex(/^(none|https?:\/\/[^@\s]+@[^/\s]+\/\S*\d+)$/i, 'is not a DSN of Sentry')
      .optional()
      .meta({ format: 'endpoint' })
      .describe('Where failures are reported; `none` switches it off.'),
  }),
  create: ({ environment, release }, { dsn }) =>
    dsn === undefined || dsn.toLowerCase() === 'none'
      ? null
      : createSentryReporter({ dsn, environment, release }),
});

/**
 * Failures to Sentry: one envelope with one event, posted as https://develop.sentry.dev/sdk/foundations/transport/envelopes
 * describes it. Nothing but code and message is in it: no stack, no host, no request.
 */
export function createSentryReporter({ dsn, environment, release }: SentryOptions): ErrorReporter {
  const { url, key } = endpointOf(dsn);
  return {
    async report({ code, message }) {
      const now = new Date();
      const event = {
        event_id: randomUUID().replaceAll('-', ''),
        timestamp: now.getTime() / 1000,
        platform: 'node',
        level: 'error',
        message,
        release,
        ...(environment && { environment }),
        tags: { code },
        fingerprint: [code],
      };
      try {
        const answer = await fetch(url, {
          method: 'POST',
          signal: AbortSignal.timeout(answerMs),
          // The key would go to wherever an answer points.
          redirect: 'error',
          headers: {
            'content-type': 'application/x-sentry-envelope',
            'x-sentry-auth': `Sentry sentry_version=7, sentry_client=${release.replace('@', '/')}, sentry_key=${key}`,
          },
          body: envelopeOf(event, now),
        });
        await answer.body?.cancel();
      } catch {
        // A run does not fail because Sentry could not be told of an error. The log and the mail have the error too.
      }
    },
  };
}

/** Three lines of JSON: the envelope's header, the item's header with the length in bytes, and the event. */
function envelopeOf(event: { readonly event_id: string }, now: Date): string {
  const payload = JSON.stringify(event);
  const header = { event_id: event.event_id, sent_at: now.toISOString() };
  const item = { type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload) };
  return `${JSON.stringify(header)}\n${JSON.stringify(item)}\n${payload}\n`;
}

/** `https://KEY@HOST/PATH/PROJECT` is posted to at `https://HOST/PATH/api/PROJECT/envelope/`. */
function endpointOf(dsn: string): { readonly url: string; readonly key: string } {
  const { protocol, username, host, pathname } = new URL(dsn);
  const end = pathname.lastIndexOf('/');
  return {
    url: `${protocol}//${host}${pathname.slice(0, end)}/api/${pathname.slice(end + 1)}/envelope/`,
    key: username,
  };
}
