import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpSchema } from '../../../src/adapters/schemas/http.ts';
import type { SchemaSource } from '../../../src/poll/ports.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { patronInfoSchema } from '../../support/patron-records.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

// As often as in earnest, without the waits.
vi.mock(import('../../../src/core/retry.ts'), async (original) => {
  const real = await original();
  return { ...real, standardRetry: { ...real.standardRetry, firstDelayMs: 1 } };
});

type Answer = string | ((response: ServerResponse) => void);

let server: Server;
let address: string;
let directory: string;
/** What the registry answers, one after the other; the last one is repeated. */
let answers: Answer[] = [];
let calls: string[] = [];
let warnings: string[] = [];

const overHttp = (url = `${address}/api/schemas/PatronInfo?key=a-secret`): SchemaSource =>
  createHttpSchema({ url, cacheDirectory: join(directory, 'cache'), warn: (text) => warnings.push(text) });
const status = (code: number) => (response: ServerResponse) =>
  void response.writeHead(code).end('secret page');
const cut = (response: ServerResponse) => void response.destroy();
const text = JSON.stringify(patronInfoSchema);
const other = { type: 'record', name: 'Other', fields: [] };

beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push(request.url ?? '');
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (typeof answer === 'string') response.end(answer);
    else answer?.(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  directory = await temporaryDirectory();
  [answers, calls, warnings] = [[], [], []];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the schema from a registry', () => {
  it('is kept where others do not look, with every umask', async () => {
    answers = [text];
    await withoutUmask(() => overHttp().load(never));

    expect(await modesBelow(directory)).toEqual([
      '750 cache',
      expect.stringMatching(/^640 cache\/\w+\.avsc$/),
    ]);
  });

  it('is asked for again after a failure', async () => {
    answers = [status(503), cut, text];

    expect(await overHttp().load(never)).toEqual(patronInfoSchema);
    expect(calls).toEqual(Array.from({ length: 3 }, () => '/api/schemas/PatronInfo?key=a-secret'));
    expect(warnings).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['is down', status(503), 'HTTP 503'],
    ['forbids', status(403), 'HTTP 403'],
    ['has moved', status(404), 'HTTP 404'],
    ['breaks off', cut, 'UND_ERR_SOCKET'],
  ])('cannot be had when the registry %s and nothing was kept', async (_what, answer, told) => {
    answers = [answer];
    const error = await failureOf(overHttp().load(never), ['?', 'key=']);

    expect(error).toMatchObject({ code: 'SCHEMA_UNREACHABLE', kind: 'transient' });
    expect(error.message).toContain(told);
    expect(calls).toHaveLength(3);
  });

  it('cannot be read when no server listens', async () => {
    const gone = createServer();
    await once(gone.listen(0, '127.0.0.1'), 'listening');
    const { port } = gone.address() as AddressInfo;
    await once(gone.close(), 'close');
    const error = await failureOf(overHttp(`http://127.0.0.1:${port}/schema`).check(never));

    expect(error).toMatchObject({ code: 'SCHEMA_UNREACHABLE' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it.each<[string, Answer]>([
    ['is down', status(500)],
    ['answers with a page', '<html>secret page</html>'],
    ['answers with another document', '{"message":"secret"}'],
  ])('is the one of the last run when the registry %s, with a warning', async (_what, answer) => {
    answers = [text];
    await overHttp().load(never);
    answers = [answer];

    // Again and again: what was kept stays.
    for (let run = 1; run <= 2; run += 1) {
      expect(await overHttp().load(never)).toEqual(patronInfoSchema);
      expect(warnings).toHaveLength(run);
    }
    expect(warnings[0]).toContain('The schema of an earlier run is used.');
    expect(warnings[0]).not.toContain('secret');
  });

  it('is kept anew when the registry has a new one, and for each address by itself', async () => {
    answers = [text];
    await overHttp().load(never);
    await overHttp(`${address}/other`).load(never);
    answers = [JSON.stringify(other)];
    await overHttp().load(never);
    answers = [status(500)];

    expect(await overHttp().load(never)).toEqual(other);
    expect(await overHttp(`${address}/other`).load(never)).toEqual(patronInfoSchema);
    expect(await readdir(join(directory, 'cache'))).toHaveLength(2);
  });

  it('is good for this run when it cannot be kept', async () => {
    await writeFile(join(directory, 'cache'), 'a file where the folder should be');
    answers = [text];

    expect(await overHttp().load(never)).toEqual(patronInfoSchema);
    expect(warnings).toEqual([expect.stringContaining('could not be cached')]);
  });

  it('cannot be had when what was kept is of no use', async () => {
    answers = [text];
    await overHttp().load(never);
    const [kept = ''] = await readdir(join(directory, 'cache'));
    await writeFile(join(directory, 'cache', kept), text.slice(0, 50));
    answers = [status(503)];

    expect(await failureOf(overHttp().load(never))).toMatchObject({ code: 'SCHEMA_UNREACHABLE' });
  });

  it('is not waited for when the run is told to stop, nor taken from the last one', async () => {
    answers = [text];
    await overHttp().load(never);
    answers = [() => {}];
    const stopping = new AbortController();
    const loading = overHttp().load(stopping.signal);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    stopping.abort();

    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(warnings).toEqual([]);
  });
});
