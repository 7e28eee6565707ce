import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../support/command.ts';
import { makeLibrary } from '../../support/library.ts';

/** A Sentry that keeps the envelopes it gets. */
async function startSentry() {
  const envelopes: string[] = [];
  const server = createServer(async (request, response) => {
    envelopes.push(await text(request));
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { envelopes, dsn: `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/1` };
}

describe('Sentry', () => {
  it('is told of a failed run by code and message, and of nobody', async () => {
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
      message: expect.stringContaining('The run looks wrong'),
    });
    for (const personal of ['Name1', 'P1"', '@example.edu', 'B1"'])
      expect(envelopes[0]).not.toContain(personal);
  });

  it('is not told of a run that went well', async () => {
    const { envelopes, dsn } = await startSentry();
    const library = await makeLibrary();
    await library.configure(`sentry: { dsn: "${dsn}" }`);
    expect((await run(['load'], { workingDirectory: library.directory })).code).toBe(0);
    expect(envelopes).toEqual([]);
  });
});
