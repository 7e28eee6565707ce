import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OracleTls } from '../../../src/adapters/clients/oracle-tls.ts';
import { connectString, createOracleRows, oracleRows, textFetch } from '../../../src/adapters/rows/oracle.ts';
import { certificateFiles } from '../../support/certificate.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { never } from '../../support/never.ts';
import { fakeOracle, type OracleFaults } from '../../support/oracle-driver.ts';
import { everyRow } from '../../support/rows.ts';

const options = {
  host: 'warehouse.library.example',
  port: 1521,
  service: 'DWPROD',
  user: 'reader',
  password: 'oracle-password-4711',
  connectTimeoutMs: 15_000,
  callTimeoutMs: 60_000,
};
const staff = { group: 'staff', table: 'HR.STAFF', columns: ['ID', 'NAME'] };

const failureOf = async (faults: OracleFaults) => {
  const oracle = fakeOracle(['ID', 'NAME'], [['1', 'Ada']]);
  Object.assign(oracle.faults, faults);
  const source = createOracleRows({ ...options, clientDirectory: '/opt/oracle' }, oracle);
  const error = await everyRow(source, staff).then(
    () => null,
    (thrown) => thrown,
  );
  await source.close();
  return { error, oracle };
};

describe('connecting to Oracle', () => {
  it('names a service', () => {
    expect(connectString(options)).toBe(
      '(DESCRIPTION=(CONNECT_TIMEOUT=15)(TRANSPORT_CONNECT_TIMEOUT=15)(ADDRESS=(PROTOCOL=TCP)(HOST=warehouse.library.example)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=DWPROD)))',
    );
  });

  it('names a SID where one is configured', () => {
    expect(connectString({ ...options, service: undefined, sid: 'DW' })).toContain('(CONNECT_DATA=(SID=DW))');
  });

  it('is done once, read-only, with the time-out for each call', async () => {
    const oracle = fakeOracle(['ID', 'NAME'], [['1', 'Ada']]);
    const source = createOracleRows(options, oracle);

    await expect(source.check(never)).resolves.toBe(
      'Successfully connected to Oracle Database version: 19.3.0.0.0',
    );
    await source.columns(staff, never);
    await everyRow(source, staff);

    expect(oracle.attributes).toEqual([
      { user: 'reader', password: options.password, connectString: connectString(options) },
    ]);
    expect(oracle.statements).toEqual([
      'SET TRANSACTION READ ONLY',
      'describe SELECT ID, NAME FROM HR.STAFF',
      'SELECT ID, NAME FROM HR.STAFF',
    ]);
    expect(oracle.callTimeout).toBe(60_000);
    await source.close();
    await source.close();
    expect(oracle.openConnections).toBe(0);
  });

  it('uses the Oracle Instant Client only where its directory is configured', async () => {
    const thin = fakeOracle([], []);
    const thick = fakeOracle([], []);

    await createOracleRows(options, thin).check(never);
    await createOracleRows({ ...options, clientDirectory: '/opt/oracle' }, thick).check(never);

    expect(thin.initialised).toEqual([]);
    expect(thick.initialised).toEqual(['/opt/oracle']);
  });

  it('lets go of a connection that it cannot prepare', async () => {
    const { error, oracle } = await failureOf({ execute: 'ORA-01031: insufficient privileges' });

    expect(error).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(oracle.openConnections).toBe(0);
  });

  it('asks for the library’s own query without its semicolon', async () => {
    const oracle = fakeOracle(['ID'], []);
    const source = createOracleRows(options, oracle);

    await everyRow(source, { group: 'staff', query: 'SELECT id FROM hr.staff;\n' });

    expect(oracle.statements.at(-1)).toBe('SELECT id FROM hr.staff');
    await source.close();
  });

  it('asks for TLS and for the name of the server by oracles://', async () => {
    const url = 'oracles://warehouse.library.example/DWPROD';
    const given = { url, user: 'u', password: 'p', connectTimeoutMs: 1000, callTimeoutMs: 1000 };
    const plain = { ...given, url: url.replace('oracles', 'oracle') };
    expect(oracleRows.create(given, {}).name).toBe('oracles://warehouse.library.example:2484/DWPROD');
    expect(connectString({ ...options, tls: { wallet: '/etc/wallet' } })).toContain(
      '(ADDRESS=(PROTOCOL=TCPS)(HOST=warehouse.library.example)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=DWPROD))(SECURITY=(SSL_SERVER_DN_MATCH=yes)(MY_WALLET_DIRECTORY=/etc/wallet)))',
    );
    const riskOf = (of: typeof given) => oracleRows.risk?.(of, {});
    expect(riskOf(plain)).toContain('UNENCRYPTED');
    expect([riskOf(given), riskOf({ ...plain, url: 'oracle://localhost/X' })]).toEqual([null, null]);
    const problemsOf = (of: typeof given, settings: object) =>
      oracleRows.problems?.(of, settings as never).map(({ key }) => key);
    expect(problemsOf(plain, { ca_file: 'ca.pem' })).toEqual(['url']);
    expect(problemsOf(given, { ca_file: 'ca.pem', wallet_directory: 'w' })).toEqual(['oracle.ca_file']);
    expect(problemsOf(given, { ca_file: 'ca.pem' })).toEqual([]);
  });

  describe('by TLS with the real driver', () => {
    let server: Server;
    const clients: number[] = [];
    beforeAll(async () => {
      const [cert, key] = await Promise.all([
        readFile(certificateFiles.certificate),
        readFile(certificateFiles.key),
      ]);
      server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (socket) => {
        clients.push(Object.keys(socket.getPeerCertificate()).length);
        socket.on('error', () => {}).once('data', () => socket.destroy());
      });
      server.listen(0, '0.0.0.0');
      await once(server, 'listening');
    });
    afterAll(() => void server.close());

    const failureBy = (host: string, caFile?: string) => failureWith({ caFile }, host);
    const failureWith = async (tls: OracleTls, host = 'localhost') => {
      const { port } = server.address() as AddressInfo;
      const source = createOracleRows({ ...options, host, port, tls, connectTimeoutMs: 3000 });
      const error = await source.check(never).catch((thrown) => thrown);
      await source.close();
      return error;
    };

    it('trusts the authority of the configuration, and shows it no certificate', async () => {
      // It got past TLS: this server speaks nothing of Oracle.
      expect(await failureBy('localhost', certificateFiles.certificate)).toMatchObject({
        code: 'SOURCE_LOST',
      });
      expect(clients).toEqual([0]);
    });

    it.each([
      ['an authority that is not known', 'localhost', undefined],
      ['the certificate of another host', '127.0.0.2', certificateFiles.certificate],
    ])('refuses %s', async (_, host, caFile) => {
      const error = await failureBy(host, caFile);
      expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
      expect(error.message).toContain('No trusted TLS connection to oracles://');
    });

    it('opens the wallet of the configuration with its password, and shows its certificate', async () => {
      const wallet = await temporaryDirectory();
      const passphrase = 'open the wallet';
      const key = createPrivateKey(await readFile(certificateFiles.key)).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase,
      });
      const certificate = await readFile(certificateFiles.certificate, 'utf8');
      await writeFile(join(wallet, 'ewallet.pem'), `${certificate}\n${key}`);
      clients.length = 0;
      expect(await failureWith({ wallet, walletPassword: passphrase })).toMatchObject({
        code: 'SOURCE_LOST',
      });
      expect(clients).toEqual([expect.any(Number)]);
      expect(clients[0]).toBeGreaterThan(0);
      const wrong = await failureWith({ wallet, walletPassword: 'wrong' });
      expect([wrong.code, clients.length]).toEqual(['SOURCE_UNREACHABLE', 1]);
    });

    it('says that a file is no certificate', async () => {
      expect(await failureBy('localhost', certificateFiles.key)).toMatchObject({ code: 'CONFIG_INVALID' });
    });
  });

  it('says with the real driver that no server listens', async () => {
    const source = createOracleRows({ ...options, host: '127.0.0.1', port: 1 });

    const error = await source.check(never).catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', kind: 'fatal' });
    expect(error.message).toBe('oracle://127.0.0.1:1/DWPROD cannot be reached (NJS-503).');
    await source.close();
  });
});

/** Messages as Oracle and its driver write them, and what each means for a run. */
const messages: readonly [keyof OracleFaults, string, string][] = [
  [
    'init',
    'DPI-1047: Cannot locate a 64-bit Oracle Client library: "/opt/oracle/libclntsh.so: cannot open"',
    'SOURCE_CLIENT',
  ],
  ['init', 'NJS-045: cannot load a node-oracledb binary for Node.js 20.20.2 (linux, x64)', 'SOURCE_CLIENT'],
  ['connect', 'ORA-01017: invalid username/password; logon denied', 'SOURCE_LOGIN'],
  ['connect', 'ORA-28000: the account is locked', 'SOURCE_LOGIN'],
  ['connect', 'ORA-28001: the password has expired', 'SOURCE_LOGIN'],
  [
    'connect',
    'NJS-116: password verifier type 0x939 is not supported by node-oracledb in Thin mode',
    'SOURCE_CLIENT',
  ],
  [
    'connect',
    'NJS-138: connections to this database server version are not supported by node-oracledb in Thin mode',
    'SOURCE_CLIENT',
  ],
  [
    'connect',
    'NJS-533: Advanced Networking Option service negotiation failed.\nCause: ORA-12660',
    'SOURCE_CLIENT',
  ],
  ['connect', 'ORA-12514: TNS:listener does not currently know of service requested', 'SOURCE_MISSING'],
  ['connect', 'ORA-12505: TNS:listener does not currently know of SID given', 'SOURCE_MISSING'],
  [
    'connect',
    'NJS-518: cannot connect to Oracle Database. Service "DWPROD" is not registered with the listener at host h port 1',
    'SOURCE_MISSING',
  ],
  [
    'connect',
    'NJS-519: cannot connect to Oracle Database. SID "DW" is not registered with the listener at host h port 1',
    'SOURCE_MISSING',
  ],
  ['connect', 'NJS-515: error in Easy Connect connection string: invalid syntax: x', 'CONFIG_INVALID'],
  [
    'connect',
    'NJS-516: no configuration directory set or available to search for tnsnames.ora',
    'CONFIG_INVALID',
  ],
  [
    'connect',
    'NJS-503: connection to host 127.0.0.1 port 1 could not be established. (CONNECTION_ID=x)\nconnect ECONNREFUSED',
    'SOURCE_UNREACHABLE',
  ],
  [
    'connect',
    'NJS-510: connection to host h port 1 timed out. Request exceeded "connectTimeout" of 2 seconds.',
    'SOURCE_UNREACHABLE',
  ],
  [
    'connect',
    'NJS-530: The host addresses or URLs provided by the connect string are incorrect or unresolvable in your network.',
    'SOURCE_UNREACHABLE',
  ],
  ['connect', 'ORA-12541: TNS:no listener', 'SOURCE_UNREACHABLE'],
  ['execute', 'ORA-00942: table or view does not exist', 'SOURCE_QUERY'],
  ['execute', 'ORA-00904: "NO_SUCH_COLUMN": invalid identifier', 'SOURCE_QUERY'],
  ['execute', 'NJS-019: resultSet cannot be returned for non-query statements', 'SOURCE_QUERY'],
  ['execute', 'ORA-01652: unable to extend temp segment by 128 in tablespace TEMP', 'SOURCE_QUERY'],
  ['execute', 'NJS-123: call timeout of 60000 ms exceeded', 'SOURCE_LOST'],
  ['execute', 'DPI-1067: call timeout of 60000 ms exceeded with ORA-3156', 'SOURCE_LOST'],
];

describe('what Oracle answers', () => {
  it.each(messages)('%s: %s', async (step, message, code) => {
    const { error } = await failureOf({ [step]: message });

    expect(error).toMatchObject({ name: 'PatronflowError', code });
    expect(error.message).toContain(/^\w+-\d+/.exec(message)?.[0]);
    expect(error.message).toContain('oracle://warehouse.library.example:1521/DWPROD');
    expect(error.hint).not.toBe('');
    expect(`${error.message} ${error.hint}`).not.toContain(options.password);
  });

  it.each([
    'NJS-500: connection to Oracle Database was closed or broken',
    'NJS-501: connection to host h port 1521 terminated unexpectedly. (CONNECTION_ID=x)',
    'NJS-003: invalid or closed connection',
    'DPI-1010: not connected',
    'DPI-1080: connection was closed by ORA-3113',
    'ORA-03113: end-of-file on communication channel',
    'ORA-03135: connection lost contact',
    'ORA-01555: snapshot too old: rollback segment number 9 too small',
    'ORA-00028: your session has been killed',
  ])('is temporary in the middle of the rows: %s', async (message) => {
    const { error, oracle } = await failureOf({ fetch: { batch: 1, message } });

    expect(error).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
    expect(error.message).toContain('for group staff');
    expect(oracle.openResults).toBe(0);
  });

  it('does not repeat a value that Oracle complains about', async () => {
    const message = "ORA-01722: unable to convert string value containing 'Lovelace' to a number: NAME";
    const { error } = await failureOf({ fetch: { batch: 1, message } });

    expect(error).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(`${error.message} ${error.hint}`).not.toContain('Lovelace');
  });
});

describe('the text of Oracle’s values', () => {
  const converter = (dbType: unknown) => {
    const { converter: convert } = textFetch(oracledb)({ dbType }) as {
      converter: (value: unknown) => string | null;
    };
    return convert;
  };
  const date = new Date(2026, 1, 3, 4, 5, 6, 789);

  it.each([
    ['NUMBER', oracledb.DB_TYPE_NUMBER, '.5', '0.5'],
    ['NUMBER of many digits', oracledb.DB_TYPE_NUMBER, '12345678901234567890', '12345678901234567890'],
    ['BINARY_DOUBLE', oracledb.DB_TYPE_BINARY_DOUBLE, 1e21, '1000000000000000000000'],
    ['BINARY_FLOAT', oracledb.DB_TYPE_BINARY_FLOAT, 0.5, '0.5'],
    ['DATE', oracledb.DB_TYPE_DATE, date, '2026-02-03T04:05:06'],
    ['TIMESTAMP', oracledb.DB_TYPE_TIMESTAMP, date, '2026-02-03T04:05:06'],
    [
      'TIMESTAMP WITH TIME ZONE',
      oracledb.DB_TYPE_TIMESTAMP_TZ,
      new Date('2026-02-03T04:05:06.7Z'),
      '2026-02-03T04:05:06Z',
    ],
    ['RAW', oracledb.DB_TYPE_RAW, Buffer.from('ab'), '6162'],
  ])('%s is one text, and empty when there is none', (_name, dbType, value, text) => {
    expect(converter(dbType)(value)).toBe(text);
    expect(converter(dbType)(null)).toBeNull();
  });

  it('leaves what is text already to the driver', () => {
    expect(textFetch(oracledb)({ dbType: oracledb.DB_TYPE_VARCHAR })).toBeUndefined();
    expect(textFetch(oracledb)({ dbType: oracledb.DB_TYPE_CLOB })).toEqual({ type: oracledb.STRING });
  });

  it('is true or false where Oracle has booleans', () => {
    expect(converter(oracledb.DB_TYPE_BOOLEAN)(true)).toBe('true');
    expect(converter(oracledb.DB_TYPE_BOOLEAN)(null)).toBeNull();
  });
});
