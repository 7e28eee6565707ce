import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EndedRun } from '../../src/core/ports.ts';
import { badPlaces, silentPlace } from '../support/bad-places.ts';
import { failureOf } from '../support/failure.ts';
import { hurry } from '../support/hurry.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import {
  heartbeatBench,
  type NoticeServer,
  startNoticeServer,
  webhookBench,
} from '../support/notices-benches.ts';

const benches = [
  ['notices/heartbeat', heartbeatBench],
  ['notices/webhook', webhookBench],
] as const;

const run: EndedRun = { level: 'failure', text: 'Load FAILED.', facts: { exit_code: 75 } };

describe.each(benches)('%s', (_adapter, bench) => {
  let server: NoticeServer;

  beforeAll(async () => {
    server = await startNoticeServer();
  });
  beforeEach(() => {
    server.heard.length = 0;
    server.answer = (response) => response.end('ok');
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => server.stop());

  it('has told of a run when it returns', async () => {
    await leavingNothing(() => bench.at(server.url).ended(run));
    expect(server.heard).toHaveLength(1);
  });

  it.each([500, 503, 429])('asks again after status %i', async (status) => {
    server.answer = (response) => {
      response.writeHead(server.heard.length < 3 ? status : 200).end();
    };
    await bench.at(server.url).ended(run);
    expect(server.heard).toHaveLength(3);
  });

  it.each([400, 401, 404])('is refused by status %i, and does not ask again', async (status) => {
    server.answer = (response) => response.writeHead(status).end();
    const error = await failureOf(bench.at(server.url).ended(run));
    expect(error).toMatchObject({ code: 'NOTICE_REFUSED' });
    expect(server.heard).toHaveLength(1);
    expect(`${error.message} ${error.hint}`).not.toContain('secret-4711');
  });

  it('follows no redirection', async () => {
    server.answer = (response) => response.writeHead(302, { location: `${server.url}/elsewhere` }).end();
    expect(await failureOf(bench.at(server.url).ended(run))).toMatchObject({ code: 'NOTICE_REFUSED' });
    expect(server.heard.map(({ path }) => path)).not.toContain('/secret-4711/elsewhere');
  });

  it.each(badPlaces)('says that its system is not there, and no secret: %s', async (_what, startPlace) => {
    const place = await startPlace();
    const error = await failureOf(bench.at(`http://127.0.0.1:${place.port}/secret-4711`).ended(run));
    expect(error).toMatchObject({ code: 'NOTICE_UNREACHABLE' });
    expect(error.message).not.toContain('secret-4711');
    await place.stop();
  });

  it('does not wait forever when its system never answers', async () => {
    const place = await silentPlace();
    hurry();
    const error = await failureOf(bench.at(`http://127.0.0.1:${place.port}/`).ended(run));
    expect(error).toMatchObject({ code: 'NOTICE_UNREACHABLE' });
    await place.stop();
  });
});
