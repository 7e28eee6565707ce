import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHttpsFiles } from '../../../src/adapters/files/https.ts';
import { fileSources } from '../../../src/adapters/files/index.ts';
import type { FeedFile, FileSource } from '../../../src/feeds/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { startWebServer, type WebServer, webKey } from '../../support/files-benches.ts';
import { hurry } from '../../support/hurry.ts';
import { leavingNothing } from '../../support/kept-alive.ts';
import { never } from '../../support/never.ts';

let web: WebServer;
beforeAll(async () => {
  web = await startWebServer();
});
afterEach(() => {
  web.answer = null;
  web.requests.length = 0;
  web.files.clear();
  vi.restoreAllMocks();
});
afterAll(() => web.stop());

const open = (path = '/feeds', headers: Record<string, string> = { 'X-Feed-Key': webKey }) =>
  createHttpsFiles({ url: `http://127.0.0.1:${web.port}${path}`, headers });

async function found(source: FileSource, name: string): Promise<FeedFile | undefined> {
  for await (const file of source.list(never, name)) return file;
  return undefined;
}

async function content(source: FileSource, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read(name, never)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('sends its headers with each request, and asks for what is as it is', async () => {
  const seen: IncomingMessage['headers'][] = [];
  web.answer = ({ headers }, response) => {
    seen.push(headers);
    response.end('ID\n');
  };
  const source = open('/feeds/', { 'X-Feed-Key': webKey, Authorization: 'Bearer another-secret' });

  await source.check(never);
  await found(source, 'a.csv');
  await content(source, 'a.csv');

  expect(seen).toHaveLength(3);
  for (const headers of seen)
    expect(headers).toMatchObject({
      'x-feed-key': webKey,
      authorization: 'Bearer another-secret',
      'accept-encoding': 'identity',
    });
  expect(web.requests).toEqual(['HEAD /feeds', 'HEAD /feeds/a.csv', 'GET /feeds/a.csv']);
});

it('keeps a name inside of its folder', async () => {
  web.answer = (_, response) => void response.end('ID\n');
  const source = open();

  await content(source, 'a b?x=1#y.csv');
  await content(source, '%2e%2e.csv');

  expect(web.requests).toEqual(['GET /feeds/a%20b%3Fx%3D1%23y.csv', 'GET /feeds/%252e%252e.csv']);
});

it('does not know the size or the time of a file of which the server does not say them', async () => {
  web.answer = (_, response) => void response.writeHead(200, { 'last-modified': 'yesterday' }).end();
  expect(await found(open(), 'a.csv')).toEqual({ name: 'a.csv', size: null, modified: null });
});

describe('a server that answers no HEAD', () => {
  const modified = new Date('2026-03-01T06:00:00Z');
  const times = { 'last-modified': modified.toUTCString() };

  it.each([400, 403, 405, 501])('is asked for the first byte of a file: %i', async (status) => {
    const ranges: unknown[] = [];
    web.answer = ({ method, headers }, response) => {
      if (method === 'HEAD') return void response.writeHead(status).end();
      ranges.push(headers.range);
      if (headers.range) response.writeHead(206, { ...times, 'content-range': 'bytes 0-0/6' }).end('I');
      else response.end('ID\n42\n');
    };
    expect(await found(open(), 'a.csv')).toEqual({ name: 'a.csv', size: 6, modified });
    expect(await content(open(), 'a.csv')).toBe('ID\n42\n');
    expect(ranges).toEqual(['bytes=0-0', undefined]);
  });

  it('may know no parts of a file either, and is not read to its end', async () => {
    const body = 'x'.repeat(50_000_000);
    web.answer = ({ method }, response) => {
      if (method === 'HEAD') return void response.writeHead(405).end();
      response.writeHead(200, { ...times, 'content-length': body.length }).end(body);
    };
    await leavingNothing(async () => {
      expect(await found(open(), 'a.csv')).toEqual({ name: 'a.csv', size: body.length, modified });
    });
  });

  it('may have an empty file, none, or one for others', async () => {
    let answer: readonly [number, Record<string, string>] = [416, { 'content-range': 'bytes */0' }];
    web.answer = ({ method }, response) =>
      void (method === 'HEAD' ? response.writeHead(405) : response.writeHead(...answer)).end();
    expect(await found(open(), 'a.csv')).toEqual({ name: 'a.csv', size: 0, modified: null });
    answer = [404, {}];
    expect(await found(open(), 'a.csv')).toBe(undefined);
    answer = [403, {}];
    expect((await failureOf(found(open(), 'a.csv'))).code).toBe('SOURCE_LOGIN');
    answer = [416, {}];
    expect((await failureOf(found(open(), 'a.csv'))).code).toBe('SOURCE_LOST');
  });
});

describe('an answer that is no file', () => {
  const answers: readonly (readonly [number, string, string])[] = [
    [301, 'SOURCE_MISSING', 'leads to another address (HTTP 301)'],
    [302, 'SOURCE_MISSING', 'leads to another address (HTTP 302)'],
    [307, 'SOURCE_MISSING', 'leads to another address (HTTP 307)'],
    [401, 'SOURCE_LOGIN', 'is refused (HTTP 401)'],
    [403, 'SOURCE_LOGIN', 'is refused (HTTP 403)'],
    [404, 'SOURCE_MISSING', 'is not there (HTTP 404)'],
    [410, 'SOURCE_MISSING', 'is not there (HTTP 410)'],
    [429, 'SOURCE_LOST', 'cannot be downloaded (HTTP 429)'],
    [500, 'SOURCE_LOST', 'cannot be downloaded (HTTP 500)'],
    [503, 'SOURCE_LOST', 'cannot be downloaded (HTTP 503)'],
  ];

  it.each(answers)('is told, and its page is not read: %i', async (status, code, message) => {
    let redirected = 0;
    web.answer = ({ url }, response: ServerResponse) => {
      if (url === '/elsewhere') redirected += 1;
      response.writeHead(status, { location: '/elsewhere' });
      response.end('Ada Lovelace '.repeat(100_000));
    };
    await leavingNothing(async () => {
      const source = open();
      const error = await failureOf(content(source, 'a.csv'), [webKey]);
      expect(error).toMatchObject({ code, message: expect.stringContaining(`/feeds/a.csv ${message}.`) });
      await source.close();
    });
    expect(redirected).toBe(0);
    if (code !== 'SOURCE_MISSING' || status < 400)
      expect((await failureOf(found(open(), 'a.csv'))).code).toBe(code);
  });
});

describe('a file that is not as long as the server says', () => {
  it.each([
    ['shorter', 1_000_000],
    ['much shorter', 10_000_000],
  ])('is broken off: %s', async (_what, length) => {
    web.answer = (_, response) => {
      response.writeHead(200, { 'content-length': length });
      response.write('ID\n'.repeat(1_000));
      setTimeout(() => response.destroy(), 20);
    };
    const error = await failureOf(content(open(), 'a.csv'));
    expect(error).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
  });

  it('is cut at its length: longer', async () => {
    web.answer = ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nID\nADA\n');
    };
    const read = await content(open(), 'a.csv').catch((error) => error.code);
    expect(['ID\n', 'SOURCE_LOST']).toContain(read);
  });

  it('is broken off where its last chunk does not come', async () => {
    web.answer = ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nID\n\r\n');
    };
    expect(await failureOf(content(open(), 'a.csv'))).toMatchObject({ code: 'SOURCE_LOST' });
  });
});

it('unpacks what a server packs although it was not asked to, of which the size is not known', async () => {
  const packed = gzipSync('ID\n'.repeat(1_000));
  web.answer = (request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length });
    response.end(request.method === 'HEAD' ? undefined : packed);
  };
  expect(await content(open(), 'a.csv')).toBe('ID\n'.repeat(1_000));
  expect((await found(open(), 'a.csv'))?.size).toBe(null);
});

it('does not wait forever for a server that falls silent in the middle', async () => {
  web.answer = (_, response) => void response.writeHead(200).write('ID\n');
  hurry();
  await leavingNothing(async () => {
    expect(await failureOf(content(open(), 'a.csv'))).toMatchObject({
      code: 'SOURCE_LOST',
      kind: 'transient',
    });
  });
});

it('is https://, or http:// on this machine alone', () => {
  const problems = (url: string) => fileSources.problems({ url }, {});
  expect(problems('https://sis.example.edu/feeds')).toEqual([]);
  expect(problems('http://127.0.0.1:8080/feeds')).toEqual([]);
  expect(problems('http://sis.example.edu/feeds')).toMatchObject([{ key: 'url' }]);
  for (const url of [
    'https://user:secret@sis.example.edu/',
    'https://sis.example.edu/?key=secret',
    'https://',
  ])
    expect(fileSources.problemOf(url)).not.toBeNull();
});
