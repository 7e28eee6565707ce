import type { OracleConnection, OracleDriver } from '../../src/adapters/rows/oracle.ts';

/** Where the stand-in fails, and with what of Oracle's messages. */
export interface OracleFaults {
  init?: string;
  connect?: string;
  prepare?: string;
  execute?: string;
  /** While the batch of this number, counted from 1, is fetched. */
  fetch?: { batch: number; message: string };
}

export interface FakeOracle extends OracleDriver {
  readonly attributes: { user: string; password: string; connectString: string }[];
  readonly initialised: string[];
  /** Everything that was executed, in order. */
  readonly statements: string[];
  openConnections: number;
  openResults: number;
  callTimeout: number;
  /** Whether a fetch waits until it is broken off. */
  isWaiting: boolean;
  /** Cuts every connection; each notices at its next call. */
  cut(): void;
  readonly faults: OracleFaults;
}

const noTable = 'ORA-00942: table or view does not exist';

type Rows = readonly (readonly (string | null)[])[];

/**
 * Oracle's driver as the adapter sees it: no Oracle server comes from npm. Its messages are the real ones.
 * @param rows what every table holds
 * @param others tables that hold something else, that are not there, or that give no row until they are broken off
 */
export function fakeOracle(
  columns: readonly string[],
  rows: Rows,
  others: Readonly<Record<string, Rows | 'missing' | 'slow'>> = {},
): FakeOracle {
  let breakOff: (() => void) | null = null;
  let cuts = 0;
  const tableOf = (sql: string) => others[/ FROM (\w+)$/.exec(sql)?.[1] ?? ''] ?? rows;
  const failed = (message: string) => Object.assign(new Error(message), { code: message.split(':')[0] });
  const failIf = (message: string | undefined) => {
    if (message) throw failed(message);
  };
  const oracle: FakeOracle = {
    attributes: [],
    initialised: [],
    statements: [],
    openConnections: 0,
    openResults: 0,
    callTimeout: 0,
    isWaiting: false,
    cut: () => {
      cuts += 1;
    },
    faults: {},
    initOracleClient({ libDir }) {
      failIf(oracle.faults.init);
      oracle.initialised.push(libDir);
    },
    async getConnection(attributes) {
      oracle.attributes.push(attributes);
      failIf(oracle.faults.connect);
      oracle.openConnections += 1;
      return connection();
    },
  };
  const connection = (): OracleConnection => {
    let isOpen = true;
    const cutsBefore = cuts;
    const failIfCut = () => {
      if (cuts > cutsBefore) throw failed('NJS-500: connection to Oracle Database was closed or broken');
    };
    return {
      oracleServerVersionString: '19.3.0.0.0',
      set callTimeout(value: number) {
        oracle.callTimeout = value;
      },
      async getStatementInfo(sql) {
        oracle.statements.push(`describe ${sql}`);
        failIfCut();
        failIf(oracle.faults.prepare);
        if (tableOf(sql) === 'missing') throw failed(noTable);
        return { metaData: columns.map((name) => ({ name })) };
      },
      async execute(sql) {
        oracle.statements.push(sql);
        failIfCut();
        if (oracle.faults.execute) failIf(oracle.faults.execute);
        if (!sql.startsWith('SELECT')) return {};
        const table = tableOf(sql);
        if (table === 'missing') throw failed(noTable);
        let at = 0;
        let batch = 0;
        oracle.openResults += 1;
        return {
          resultSet: {
            async getRows(count) {
              batch += 1;
              failIfCut();
              if (table === 'slow') {
                oracle.isWaiting = true;
                await new Promise<void>((resolve) => {
                  breakOff = resolve;
                });
                oracle.isWaiting = false;
                throw failed('ORA-01013: user requested cancel of current operation');
              }
              if (oracle.faults.fetch?.batch === batch) failIf(oracle.faults.fetch.message);
              at += count;
              return table.slice(at - count, at).map((row) => [...row]);
            },
            async close() {
              oracle.openResults -= 1;
            },
          },
        };
      },
      async breakExecution() {
        breakOff?.();
      },
      async close() {
        if (isOpen) oracle.openConnections -= 1;
        isOpen = false;
      },
    };
  };
  return oracle;
}
