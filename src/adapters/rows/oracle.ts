import type oracledb from 'oracledb';
import { z } from 'zod';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import { systemCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import { instantText, localTimeText, numberText } from '../../core/row-text.ts';
import { safeText } from '../../core/safe-text.ts';
import { path, secret } from '../../core/settings.ts';
import type { Row, RowBatch, RowSource } from '../../load/ports.ts';
import { rowSourceAdapter } from '../../load/ports.ts';
import { type OracleTls, securityOf, walletOf } from '../clients/oracle-tls.ts';
import { queryOf } from '../clients/sql.ts';

export interface OracleRowsOptions {
  readonly host: string;
  readonly port: number;
  readonly service?: string | undefined;
  /** For servers that have no service name. */
  readonly sid?: string | undefined;
  readonly user: string;
  readonly password: string;
  /** TLS, with the server's certificate and its name verified. */
  readonly tls?: OracleTls | undefined;
  /** Directory of the Oracle Instant Client: switches to thick mode, which servers before 12.1 need. */
  readonly clientDirectory?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
}

/** The few calls of the driver that this adapter makes; tests put a server's behaviour in their place. */
export interface OracleDriver {
  initOracleClient(options: { libDir: string }): void;
  getConnection(attributes: {
    user: string;
    password: string;
    connectString: string;
    walletContent?: string;
    walletPassword?: string;
  }): Promise<OracleConnection>;
}

export interface OracleConnection {
  readonly oracleServerVersionString: string;
  callTimeout: number;
  execute(sql: string, binds: [], options: object): Promise<{ resultSet?: OracleResultSet | undefined }>;
  getStatementInfo(sql: string): Promise<{ metaData?: { name: string }[] | undefined }>;
  breakExecution(): Promise<void>;
  close(): Promise<void>;
}

export interface OracleResultSet {
  getRows(count: number): Promise<(string | null)[][]>;
  close(): Promise<void>;
}

/** Rows of one fetch; the driver brings as many in a round trip. */
const batchSize = 1000;

export const oracleRows = rowSourceAdapter({
  system: 'oracle',
  forms: ['oracles://host:2484/service', 'oracle://host:1521/service'],
  schemes: ['oracles', 'oracle'],
  pattern: /^oracles?:\/\//,
  options: z.strictObject({
    sid: z.string().optional().describe('The SID, for servers that have no service name.'),
    ca_file: path
      .optional()
      .describe(
        "For `oracles://`, which speaks TLS: certificate of the authority that signed the server's, in PEM form. Without it and a wallet, a public authority must have signed it.",
      ),
    wallet_directory: path
      .optional()
      .describe(
        'For `oracles://`: directory of a wallet, with `ewallet.pem`, or `cwallet.sso` for the Instant Client. For servers that ask for a certificate of the client too.',
      ),
    wallet_password: secret.optional().describe('Password of the wallet.'),
    client_directory: path
      .optional()
      .describe(
        'Directory of the Oracle Instant Client; switches to thick mode, which servers before 12.1 need.',
      ),
  }),
  problems: ({ url = '', user, password }, { ca_file, wallet_directory, client_directory }) => [
    ...Object.entries({ user, password }).flatMap(([key, value]) =>
      value ? [] : [{ key, message: `missing; ${url.split(':')[0]}:// needs it` }],
    ),
    ...(!speaksTls(url) && (ca_file || wallet_directory)
      ? [{ key: 'url', message: 'must begin with oracles:// where ca_file or wallet_directory is set' }]
      : []),
    ...(ca_file && (wallet_directory || client_directory)
      ? [
          {
            key: 'oracle.ca_file',
            message: 'a wallet and the Instant Client take none; put the certificate into the wallet',
          },
        ]
      : []),
  ],
  risk: ({ url }) =>
    speaksTls(url) || isLoopback(url)
      ? null
      : 'People and password travel UNENCRYPTED: anyone on the network between here and Oracle can read them. Use oracles://, with the port for TLS (TCPS) of the server.',
  create: (
    { url, user = '', password = '', ...timeouts },
    { sid, client_directory: clientDirectory, ...tls },
  ) => {
    const { hostname, port, pathname } = new URL(url);
    return createOracleRows({
      host: hostname,
      port: Number(port || (speaksTls(url) ? 2484 : 1521)),
      tls: speaksTls(url)
        ? { caFile: tls.ca_file, wallet: tls.wallet_directory, walletPassword: tls.wallet_password }
        : undefined,
      service: pathname.slice(1) || undefined,
      sid,
      clientDirectory,
      user,
      password,
      ...timeouts,
    });
  },
});

const speaksTls = (url: string): boolean => url.startsWith('oracles:');

/** Rows from Oracle, streamed from a result set inside one read-only transaction. */
export function createOracleRows(options: OracleRowsOptions, given: OracleDriver | null = null): RowSource {
  const place = `${options.tls ? 'oracles' : 'oracle'}://${options.host}:${options.port}/${options.service ?? options.sid ?? ''}`;
  let connection: OracleConnection | null = null;

  const connected = async (): Promise<OracleConnection> => {
    if (connection) return connection;
    let opened: OracleConnection | undefined;
    try {
      const driver = given ?? ((await loadOracle()) as unknown as OracleDriver);
      // Thick mode is the process's, and may be switched on once.
      if (options.clientDirectory) driver.initOracleClient({ libDir: options.clientDirectory });
      opened = await driver.getConnection({
        user: options.user,
        password: options.password,
        connectString: connectString(options),
        ...(options.tls && (await walletOf(options.tls))),
      });
      opened.callTimeout = options.callTimeoutMs;
      await opened.execute('SET TRANSACTION READ ONLY', [], {});
      connection = opened;
      return opened;
    } catch (error) {
      await opened?.close().catch(() => {});
      throw oracleError(place, error);
    }
  };

  return {
    name: place,

    async check() {
      const { oracleServerVersionString } = await connected();
      return `Successfully connected to Oracle Database version: ${safeText(oracleServerVersionString)}`;
    },

    async columns(relation) {
      try {
        const { metaData = [] } = await (await connected()).getStatementInfo(queryOf(relation));
        return metaData.map(({ name }) => name);
      } catch (error) {
        throw oracleError(place, error, relation.group);
      }
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const open = await connected();
      const types = await loadOracle();
      signal.throwIfAborted();
      const stop = () => void open.breakExecution().catch(() => {});
      signal.addEventListener('abort', stop, { once: true });
      let results: OracleResultSet | undefined;
      try {
        ({ resultSet: results } = await open.execute(queryOf(relation), [], {
          resultSet: true,
          fetchArraySize: batchSize,
          fetchTypeHandler: textFetch(types),
        }));
        for (;;) {
          signal.throwIfAborted();
          const rows: Row[] = (await results?.getRows(batchSize)) ?? [];
          if (rows.length === 0) return;
          yield { rows };
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : oracleError(place, error, relation.group);
      } finally {
        signal.removeEventListener('abort', stop);
        await results?.close().catch(() => {});
      }
    },

    async close() {
      await connection?.close().catch(() => {});
      connection = null;
    },
  };
}

/** Reading the driver takes half a second, so only a job with an Oracle source does. */
async function loadOracle(): Promise<typeof oracledb> {
  return (await import('oracledb')).default;
}

/** A full descriptor: the only form that takes a SID, and the place for the time-out. */
export function connectString({
  host,
  port,
  service,
  sid,
  tls,
  connectTimeoutMs,
}: OracleRowsOptions): string {
  const data = sid ? `SID=${sid}` : `SERVICE_NAME=${service ?? ''}`;
  const timeout = Math.ceil(connectTimeoutMs / 1000);
  return `(DESCRIPTION=(CONNECT_TIMEOUT=${timeout})(TRANSPORT_CONNECT_TIMEOUT=${timeout})(ADDRESS=(PROTOCOL=${tls ? 'TCPS' : 'TCP'})(HOST=${host})(PORT=${port}))(CONNECT_DATA=(${data}))${tls ? securityOf(tls) : ''})`;
}

/**
 * Asks the driver for text. Numbers are fetched as text, because a NUMBER of 20 digits (an identifier) does
 * not fit a JavaScript number; dates are converted from the wall clock that the driver gives.
 */
export function textFetch(types: typeof oracledb) {
  return ({ dbType }: { dbType?: unknown }): object | undefined => {
    switch (dbType) {
      case types.DB_TYPE_NUMBER:
        return {
          type: types.STRING,
          converter: (value: string | null) => (value === null ? null : numberText(value)),
        };
      case types.DB_TYPE_BINARY_DOUBLE:
      case types.DB_TYPE_BINARY_FLOAT:
        return { converter: (value: number | null) => (value === null ? null : numberText(value)) };
      case types.DB_TYPE_DATE:
      case types.DB_TYPE_TIMESTAMP:
        return { converter: (value: Date | null) => (value === null ? null : localTimeText(value)) };
      case types.DB_TYPE_TIMESTAMP_TZ:
      case types.DB_TYPE_TIMESTAMP_LTZ:
        return { converter: (value: Date | null) => (value === null ? null : instantText(value)) };
      case types.DB_TYPE_CLOB:
      case types.DB_TYPE_NCLOB:
      case types.DB_TYPE_LONG:
        return { type: types.STRING };
      case types.DB_TYPE_BOOLEAN:
        return { converter: (value: boolean | null) => (value === null ? null : String(value)) };
      case types.DB_TYPE_RAW:
        return { converter: (value: Buffer | null) => value?.toString('hex') ?? null };
      default:
        return undefined;
    }
  };
}

/** What Oracle's and its driver's error numbers mean for a run. */
const meanings: readonly ErrorMeaning[] = [
  // 1017 wrong user or password, 28000 locked, 28001 expired, 1045 may not log on
  {
    texts: /ORA-0*(1017|28000|28001|1045)\b/,
    code: 'SOURCE_LOGIN',
    message: '{place} refuses the user or the password{group} ({reason}).',
    hint: 'Check both; passwords of warehouses often change once a year.',
  },
  {
    texts: /DPI-1047|NJS-045/,
    code: 'SOURCE_CLIENT',
    message: '{place} needs the Oracle Instant Client, which could not be loaded{group} ({reason}).',
    hint: 'Set source.oracle.client_directory (in the preset ORACLE_LIB_DIR) to the directory that holds libclntsh.',
  },
  // 116 and 138: the server is too old for thin mode; 533: it insists on Oracle's own encryption
  {
    texts: /NJS-(116|138|533)/,
    code: 'SOURCE_CLIENT',
    message: '{place} can only be reached with the Oracle Instant Client{group} ({reason}).',
    hint: 'Install it and set source.oracle.client_directory (in the preset ORACLE_LIB_DIR).',
  },
  // 12514 and 12505, 517 to 519: the listener knows no such service or SID
  {
    texts: /ORA-125(05|14)|NJS-51[789]/,
    code: 'SOURCE_MISSING',
    message: '{place} has no such service or SID{group} ({reason}).',
    hint: 'Check source.oracle.sid (in the preset DATA_WAREHOUSE_SID), or the service in the URL.',
  },
  {
    texts: /NJS-51[2456]/,
    code: 'CONFIG_INVALID',
    message: '{place} is not an address that the driver understands{group} ({reason}).',
    hint: 'Check host, port, service and SID.',
  },
  // 505: TLS as a whole; 506 and 507: the certificate is another server's
  {
    texts: /NJS-5(05|06|07)|ORA-(28759|29024|29002|28860)\b/,
    code: 'SOURCE_UNREACHABLE',
    message: 'No trusted TLS connection to {place}{group} ({reason}).',
    hint: "Set source.oracle.ca_file to the certificate of the server's CA, and check that the port is the one for TLS (TCPS) and the host is named as in the certificate.",
  },
  {
    texts: /NJS-5(03|04|08|10|11|30)|ORA-12(170|541|543|545)/,
    code: 'SOURCE_UNREACHABLE',
    message: '{place} cannot be reached{group} ({reason}).',
    hint: 'Check host, port and firewall, and whether the database is up.',
  },
  {
    texts: /ORA-0*(942|904|923|900|933|936|1031|1722)\b|NJS-019|DPI-1087/,
    code: 'SOURCE_QUERY',
    message: '{place} cannot run the query{group} ({reason}).',
    hint: 'Check the names of the table and its columns, and that the user may read them.',
  },
  {
    texts: /NJS-123|DPI-1067|ORA-0*(1013|3136)\b/,
    code: 'SOURCE_LOST',
    message: '{place} took too long to answer{group} ({reason}).',
    hint: 'Raise source.call_timeout_seconds, or run again.',
  },
  {
    texts: /NJS-(003|500|501|509|521)|ORA-0*(3113|3114|3135|1033|1034|1089|1555|28|2396)\b|DPI-10(10|80)/,
    code: 'SOURCE_LOST',
    message: '{place} ended the connection{group} ({reason}).',
    hint: 'Run again; nothing was delivered.',
  },
  // Every other answer of the server comes of what it was asked; its number says more than we can.
  {
    texts: /\b(ORA|NJS|DPI)-\d+/,
    code: 'SOURCE_QUERY',
    message: '{place} could not carry out the request{group} ({reason}).',
    hint: 'Look the number up at https://docs.oracle.com/error-help/db/.',
  },
];

/** Turns an error of the server or its driver into ours; what has no number of theirs stays what it is. */
function oracleError(place: string, error: unknown, group?: string): unknown {
  const text = error instanceof Error ? `${error.message} ${systemCode(error)}` : '';
  const [reason = ''] = /\b(ORA|NJS|DPI)-\d+/.exec(text) ?? [];
  const words = { place, reason, group: group ? ` for group ${group}` : '' };
  return explained(meanings, error, { words }) ?? error;
}
