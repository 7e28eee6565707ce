import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { beforeAll, describe, it, onTestFinished } from 'vitest';
import { awsError } from '../../src/adapters/clients/aws.ts';
import { createSmtpMail } from '../../src/adapters/mail/smtp.ts';
import { createS3Objects } from '../../src/adapters/objects/s3.ts';
import { createOracleRows } from '../../src/adapters/rows/oracle.ts';
import { createPostgresRows } from '../../src/adapters/rows/postgres.ts';
import { createHttpSchema } from '../../src/adapters/schemas/http.ts';
import { createPostgresWarehouse } from '../../src/adapters/warehouse/postgres.ts';
import { PatronflowError } from '../../src/core/errors.ts';
import { temporaryDirectory } from '../support/command.ts';
import {
  type Entrance,
  expectHarmless,
  failed,
  hostile,
  hostileLine,
  hostileXml,
  toldBy,
} from '../support/hostile-text.ts';
import { never } from '../support/never.ts';
import { fakeOracle } from '../support/oracle-driver.ts';
import { useTestCredentials } from '../support/s3-server.ts';

// What systems say of themselves, in their own words.

/** A server that answers every connection, or every request, in one way. */
async function serve(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const httpAnswering = async (answer: (response: ServerResponse) => void): Promise<string> => {
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => answer(response));
  });
  return `http://127.0.0.1:${await serve(server)}`;
};

const lineServer = (talk: (socket: Socket) => void): Promise<number> =>
  serve(
    createServer((socket) => {
      socket.on('error', () => {});
      talk(socket);
    }),
  );

/** PostgreSQL that refuses everybody, or every query, in its own words. */
const postgresRefusing = (code: string, letsIn = false): Promise<number> => {
  const message = (kind: string, body: string | Buffer) => {
    const head = Buffer.alloc(5);
    head.write(kind);
    head.writeInt32BE(Buffer.byteLength(body) + 4, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const ready = message('Z', 'I');
  const refusal = message('E', `SERROR\0C${code}\0M${hostileLine}\0\0`);
  return lineServer((socket) =>
    socket.once('data', () => {
      if (!letsIn) return socket.end(refusal);
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]));
      socket.on('data', (asked) => {
        const isSetting = asked.includes('SET ');
        socket.write(Buffer.concat([isSetting ? message('C', 'SET\0') : refusal, ready]));
      });
    }),
  );
};

const postgresAt = (port: number) => ({
  url: `postgres://127.0.0.1:${port}/warehouse`,
  user: 'u',
  password: 'p',
  tls: 'disable' as const,
  connectTimeoutMs: 3000,
  callTimeoutMs: 3000,
});

const storeAt = (endpoint: string) =>
  createS3Objects({ region: 'us-east-1', endpoint, bucket: 'library', prefix: 'alma' });

const entrances: Readonly<Record<string, Entrance>> = {
  'the answer of a registry of schemas': {
    enter: async () => {
      const url = await httpAnswering((response) => response.end(JSON.stringify({ type: hostile })));
      const cacheDirectory = await temporaryDirectory();
      return failed(createHttpSchema({ url, cacheDirectory, warn: () => {} }).load(never));
    },
  },
  'the code of an error of S3': {
    enter: async () => {
      const endpoint = await httpAnswering((response) => {
        response.statusCode = 400;
        response.end(
          `<?xml version="1.0"?><Error><Code>${hostileXml}</Code><Message>${hostileXml}</Message></Error>`,
        );
      });
      const store = storeAt(endpoint);
      return failed(
        (async () => {
          for await (const _ of store.list(never));
        })(),
      );
    },
  },
  'nested answers of S3': {
    enter: async () => {
      const depth = 2000;
      const endpoint = await httpAnswering((response) => {
        response.statusCode = 400;
        response.end(
          `<Error><Code>${'<Hostile>'.repeat(depth)}${'Z'.repeat(1000)}${'</Hostile>'.repeat(depth)}</Code></Error>`,
        );
      });
      const store = storeAt(endpoint);
      return failed(
        (async () => {
          for await (const _ of store.list(never));
        })(),
      );
    },
    isHidden: true,
  },
  'the code of a file that S3 does not remove': {
    enter: async () => {
      const endpoint = await httpAnswering((response) =>
        response.end(`<DeleteResult><Error><Key>a</Key><Code>${hostileXml}</Code></Error></DeleteResult>`),
      );
      return failed(storeAt(endpoint).remove(['a.zip']));
    },
  },
  'the name of an error of AWS': {
    enter: async () => {
      const error = Object.assign(new Error(hostile), { name: hostile, $metadata: { httpStatusCode: 403 } });
      const codes = {
        forbidden: 'STORE_FORBIDDEN',
        unreachable: 'STORE_UNREACHABLE',
        busy: 'STORE_BUSY',
      } as const;
      return toldBy(awsError(hostile, error, codes));
    },
  },
  'the refusal of PostgreSQL': {
    enter: async () => failed(createPostgresRows(postgresAt(await postgresRefusing('28P01'))).check(never)),
    isHidden: true,
  },
  'the code of an error of PostgreSQL': {
    enter: async () =>
      failed(createPostgresRows(postgresAt(await postgresRefusing(`28${hostileLine}`))).check(never)),
  },
  'the words of an error of a warehouse': {
    enter: async () => {
      const table = { table: 'patron_info' };
      return failed(
        createPostgresWarehouse({ ...postgresAt(await postgresRefusing('42501', true)), ...table }).check(
          never,
        ),
      );
    },
  },
  'the version of Oracle': {
    enter: async () => {
      const oracle = fakeOracle(['ID'], []);
      const driver = {
        ...oracle,
        getConnection: async (attributes: Parameters<typeof oracle.getConnection>[0]) =>
          Object.assign(await oracle.getConnection(attributes), { oracleServerVersionString: hostile }),
      };
      const found = await createOracleRows(oracleOptions, driver).check(never);
      return toldBy(new PatronflowError('SOURCE_LOST', found));
    },
  },
  'the refusal of Oracle': {
    enter: async () => {
      const oracle = fakeOracle(['ID'], []);
      Object.assign(oracle.faults, { connect: `ORA-01017: ${hostile}` });
      return failed(createOracleRows({ ...oracleOptions, host: 'h', service: 's' }, oracle).check(never));
    },
    isHidden: true,
  },
  'the answers of a mail server': {
    enter: async () => {
      const port = await lineServer((socket) => {
        socket.write(`554 ${hostileLine}\r\n`);
        socket.on('data', () => socket.end(`554 ${hostileLine}\r\n`));
      });
      const options = { host: '127.0.0.1', port, implicitTls: false, tls: 'disable' as const };
      return failed(createSmtpMail(options).check(never));
    },
    isHidden: true,
  },
};

const oracleOptions = {
  host: hostile,
  port: 1521,
  service: hostile,
  user: 'u',
  password: 'p',
  connectTimeoutMs: 1000,
  callTimeoutMs: 1000,
};

beforeAll(useTestCredentials);

describe('text of others in the answers of systems', () => {
  it.each(Object.entries(entrances))('changes nothing where it is shown: %s', (_name, entrance) =>
    expectHarmless(entrance),
  );
});
