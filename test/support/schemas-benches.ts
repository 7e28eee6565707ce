import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileSchema } from '../../src/adapters/schemas/file.ts';
import { createHttpSchema } from '../../src/adapters/schemas/http.ts';
import type { SchemaSource } from '../../src/poll/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { filesBelow } from './files-below.ts';
import { patronInfoSchema } from './patron-records.ts';

/** Places that each hold a document. */
export interface SchemaBench extends AdapterBench<SchemaSource> {
  /** A source of a new place with this document: the schema of the records when none is named. */
  open(document?: string): SchemaSource;
  /** The network between a source and its document; null for a file. */
  readonly network: {
    /** Cuts the next so many answers. */
    cut(times: number): void;
    /** Lets everybody wait who asks, until it is healed. */
    fallSilent(): void;
    heal(): void;
    /** How often it was asked since it was healed. */
    asked(): number;
  } | null;
}

const schemaText = JSON.stringify(patronInfoSchema);

export async function fileBench(): Promise<SchemaBench> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-schema-'));
  let places = 0;
  const open = (document = schemaText) => {
    places += 1;
    const path = join(directory, `${places}.avsc`);
    writeFileSync(path, document);
    return createFileSchema({ path });
  };
  return {
    open,
    broken: async () => [
      {
        what: 'a file that is not there',
        adapter: createFileSchema({ path: join(directory, 'no-such.avsc') }),
        code: 'CONFIG_UNREADABLE',
      },
      {
        what: 'a file that is a folder',
        adapter: createFileSchema({ path: directory }),
        code: 'CONFIG_UNREADABLE',
      },
      { what: 'another document', adapter: open('{"a":"secret"}'), code: 'SCHEMA_UNFIT' },
    ],
    at: null,
    traces: async () => (await filesBelow(directory)).filter(([name]) => !name.endsWith('.avsc')),
    secrets: ['secret'],
    network: null,
    stop: () => rm(directory, { recursive: true }),
  };
}

export async function httpBench(): Promise<SchemaBench> {
  const caches = await mkdtemp(join(tmpdir(), 'patronflow-schema-'));
  const documents: string[] = [];
  let cuts = 0;
  let isSilent = false;
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    cuts -= 1;
    if (cuts >= 0) response.destroy();
    else if (!isSilent) response.end(documents[Number(request.url?.split(/[/?]/)[1])]);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const at = (where: number, place = 0) =>
    createHttpSchema({
      url: `http://127.0.0.1:${where}/${place}?key=a-secret`,
      cacheDirectory: join(caches, String(place)),
      warn: () => {},
    });
  const open = (document = schemaText) => at(port, documents.push(document) - 1);
  return {
    open,
    broken: async () => [
      { what: 'a page', adapter: open('<html>a-secret</html>'), code: 'SCHEMA_UNFIT' },
      { what: 'another document', adapter: open('{"a":"a-secret"}'), code: 'SCHEMA_UNFIT' },
    ],
    at,
    traces: () => filesBelow(caches),
    secrets: ['a-secret', 'key='],
    network: {
      cut: (times) => {
        cuts = times;
      },
      fallSilent: () => {
        isSilent = true;
      },
      heal: () => {
        [cuts, isSilent, asked] = [0, false, 0];
      },
      asked: () => asked,
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await rm(caches, { recursive: true });
    },
  };
}
