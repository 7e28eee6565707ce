import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createHeartbeat } from '../../src/adapters/notices/heartbeat.ts';
import { createWebhook } from '../../src/adapters/notices/webhook.ts';
import type { Notice } from '../../src/core/ports.ts';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A server that hears of runs. */
export interface NoticeServer {
  readonly url: string;
  readonly heard: Heard[];
  /** How the next requests are answered. */
  answer: (response: ServerResponse) => void;
  stop(): Promise<void>;
}

export async function startNoticeServer(): Promise<NoticeServer> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    made.heard.push({ method, path: url, body: await text(request) });
    made.answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const made: NoticeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-4711`,
    heard: [],
    answer: (response) => response.end('ok'),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

const waits = { firstDelayMs: 10 };

export interface NoticeBench {
  at(url: string): Notice;
}

export const heartbeatBench: NoticeBench = { at: (url) => createHeartbeat({ url, when: 'always', waits }) };
export const webhookBench: NoticeBench = {
  at: (url) => createWebhook({ url, when: 'always', details: false, waits }),
};
