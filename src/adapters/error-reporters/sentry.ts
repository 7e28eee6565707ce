import { createTransport, type Transport } from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
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
const flushMs = 5_000;

export const sentryReporter = errorReporterAdapter({
  system: 'sentry',
  options: z.strictObject({
    dsn: secret
      .regex(/^(none|https?:\/\/[^@\s]+@[^/\s]+\/\S*\d+)$/i, 'is not a DSN of Sentry')
      .optional()
      .describe('Where failures are reported; `none` switches it off.'),
  }),
  create: ({ environment, release }, { dsn }) =>
    dsn === undefined || dsn.toLowerCase() === 'none'
      ? null
      : createSentryReporter({ dsn, environment, release }),
});

/** Failures to Sentry, by its small core alone: no instrumentation, no breadcrumbs, no request data, so nothing of a record can come along. */
export function createSentryReporter({ dsn, environment, release }: SentryOptions): ErrorReporter {
  const client = new ServerRuntimeClient({
    dsn,
    release,
    ...(environment && { environment }),
    platform: 'node',
    transport,
    stackParser: () => [],
    integrations: [],
  });
  return {
    async report({ code, message }) {
      client.captureEvent({ level: 'error', message, tags: { code }, fingerprint: [code] });
      await client.flush(flushMs);
    },
  };
}

function transport(
  options: Parameters<typeof createTransport>[0] & { url: string; headers?: Record<string, string> },
): Transport {
  return createTransport(options, async ({ body }) => {
    const answer = await fetch(options.url, {
      method: 'POST',
      signal: AbortSignal.timeout(flushMs),
      body: typeof body === 'string' ? body : Buffer.from(body),
      ...(options.headers && { headers: options.headers }),
    });
    return { statusCode: answer.status };
  });
}
