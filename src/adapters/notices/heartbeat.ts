import { z } from 'zod';
import type { Notice } from '../../core/ports.ts';
import { noticeAdapter } from '../../core/ports.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { endpoint, secret } from '../../core/settings.ts';
import { noticeWhen, request } from '../clients/notice-request.ts';

export interface HeartbeatOptions {
  /** Asked for when a run went well. */
  readonly url: string;
  readonly startUrl?: string | undefined;
  readonly failUrl?: string | undefined;
  readonly when: Notice['when'];
  readonly waits?: Partial<RetryPolicy>;
}

const address = endpoint.meta({ ...secret.meta(), format: 'endpoint' });

export const heartbeatNotice = noticeAdapter({
  system: 'heartbeat',
  options: z.strictObject({
    url: address.describe(
      'The address of a check at a service that raises an alarm when a run is missing, such as healthchecks.io. Called when a run succeeds. Anyone who knows it can report a success, so it is a secret.',
    ),
    start_url: address.optional().describe('Called when a run starts. Default `<url>/start`.'),
    fail_url: address
      .optional()
      .describe('Called when a run fails or needs attention. Default `<url>/fail`.'),
    when: noticeWhen('always'),
  }),
  create: (_, { url, start_url: startUrl, fail_url: failUrl, when }) =>
    createHeartbeat({ url, startUrl, failUrl, when }),
});

/** Asks for an address when a run begins and when it ends. The service tells a person when it was not asked for in time. */
export function createHeartbeat({ url, startUrl, failUrl, when, waits }: HeartbeatOptions): Notice {
  return {
    name: `heartbeat ${new URL(url).host}`,
    when,
    tellsStart: when === 'always',
    started: () => request(startUrl ?? below(url, 'start'), { method: 'GET' }, { attempts: 1 }),
    ended: ({ level }) =>
      request(level === 'good' ? url : (failUrl ?? below(url, 'fail')), { method: 'GET' }, waits),
  };
}

/** `https://host/check?x=1` becomes `https://host/check/fail?x=1`. */
function below(address: string, name: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${name}`;
  return url.href;
}
