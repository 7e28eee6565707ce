import { z } from 'zod';
import type { Notice } from '../../core/ports.ts';
import { noticeAdapter } from '../../core/ports.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { endpoint, flag, secret } from '../../core/settings.ts';
import { noticeWhen, request } from '../clients/notice-request.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly when: Notice['when'];
  /** Whether figures stand beside the text. */
  readonly details: boolean;
  readonly waits?: Partial<RetryPolicy>;
}

export const webhookNotice = noticeAdapter({
  system: 'webhook',
  options: z.strictObject({
    url: endpoint
      .meta({ ...secret.meta(), format: 'endpoint' })
      .describe(
        'The address that is sent JSON: `{"text": "…"}`, as the incoming webhooks of Slack, Mattermost, Google Chat and others take it. A secret.',
      ),
    when: noticeWhen('problems'),
    details: flag
      .default(false)
      .describe(
        'Whether to add job, outcome, exit code, error code and counts to the JSON, for programs. Some chats accept only the text.',
      ),
  }),
  create: (_, options) => createWebhook(options),
});

/** Sends what became of a run to an address, as JSON with a text. */
export function createWebhook({ url, when, details, waits }: WebhookOptions): Notice {
  return {
    name: `webhook ${new URL(url).host}`,
    when,
    tellsStart: false,
    started: async () => {},
    ended: ({ text, facts }) =>
      request(
        url,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text, ...(details && facts) }),
        },
        waits,
      ),
  };
}
