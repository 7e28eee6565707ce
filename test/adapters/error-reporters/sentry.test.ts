import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSentryReporter } from '../../../src/adapters/error-reporters/sentry.ts';
import { run } from '../../support/command.ts';
import { makeLibrary } from '../../support/library.ts';

/** A Sentry that keeps the envelopes it gets. */
async function startSentry() {
  const envelopes: string[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    requests.push(request);
    envelopes.push(await text(request));
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { envelopes, requests, port, dsn: `http://public@127.0.0.1:${port}/1` };
}

describe('Sentry', () => {
  it('is told the code and message of a failed run, and names no person', async () => {
    const { envelopes, dsn } = await startSentry();
    const library = await makeLibrary();
    await library.configure(`sentry: { dsn: "${dsn}" }`, 'workspace: prod');
    await library.rows('student', []);
    const { code } = await run(['load'], { workingDirectory: library.directory });
    expect(code).toBe(3);
    expect(envelopes).toHaveLength(1);
    const event = JSON.parse(envelopes[0]?.split('\n')[2] ?? '');
    expect(event).toMatchObject({
      environment: 'prod',
      tags: { code: 'GUARD_STOPPED' },
      message: expect.stringContaining('The guard stopped the run'),
    });
    for (const personal of ['Name1', 'P1"', '@example.edu', 'B1"'])
      expect(envelopes[0]).not.toContain(personal);
  });

  it('gets an envelope of one event where its DSN points, with the length in bytes and the key in a header', async () => {
    const { envelopes, requests, port } = await startSentry();
    const dsn = `http://f00d@127.0.0.1:${port}/hosted/here/42`;
    const message = 'Lost – again.\nA second line';
    await createSentryReporter({ dsn, environment: 'stage', release: 'patronflow@1.2.3' }).report({
      code: 'SOURCE_LOST',
      message,
    });
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/hosted/here/api/42/envelope/' });
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=patronflow/1.2.3, sentry_key=f00d',
    });
    const [header = '', item = '', payload = '', ...rest] = envelopes[0]?.split('\n') ?? [];
    expect(rest).toEqual(['']);
    const event = JSON.parse(payload);
    expect(JSON.parse(header)).toEqual({
      event_id: event.event_id,
      sent_at: expect.stringMatching(/^20.*Z$/),
    });
    expect(JSON.parse(item)).toEqual({
      type: 'event',
      content_type: 'application/json',
      length: Buffer.byteLength(payload),
    });
    expect(event).toEqual({
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      timestamp: expect.closeTo(Date.now() / 1000, -2),
      platform: 'node',
      level: 'error',
      message,
      release: 'patronflow@1.2.3',
      environment: 'stage',
      tags: { code: 'SOURCE_LOST' },
      fingerprint: ['SOURCE_LOST'],
    });
  });

  it('does not get the key sent on to where an answer points', async () => {
    const other = await startSentry();
    const server = createServer((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${other.port}/x` }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const dsn = `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/1`;
    await createSentryReporter({ dsn, release: 'patronflow@0' }).report({ code: 'UNEXPECTED', message: 'x' });
    expect(other.requests).toEqual([]);
  });

  it('is not told of a run that went well', async () => {
    const { envelopes, dsn } = await startSentry();
    const library = await makeLibrary();
    await library.configure(`sentry: { dsn: "${dsn}" }`);
    expect((await run(['load'], { workingDirectory: library.directory })).code).toBe(0);
    expect(envelopes).toEqual([]);
  });
});
