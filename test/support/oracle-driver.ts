import type { OracleConnection, OracleDriver } from '../../src/adapters/rows-oracle.ts';

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
  /** Makes each fetch wait until it is broken off. */
  isSlow: boolean;
  readonly faults: OracleFaults;
}

/** Oracle's driver as the adapter sees it: no Oracle server comes from npm. Its messages are the real ones. */
export function fakeOracle(columns: readonly string[], rows: readonly (string | null)[][]): FakeOracle {
  let breakOff: (() => void) | null = null;
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
    isSlow: false,
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
    return {
      oracleServerVersionString: '19.3.0.0.0',
      set callTimeout(value: number) {
        oracle.callTimeout = value;
      },
      async getStatementInfo(sql) {
        oracle.statements.push(`describe ${sql}`);
        failIf(oracle.faults.prepare);
        return { metaData: columns.map((name) => ({ name })) };
      },
      async execute(sql) {
        oracle.statements.push(sql);
        if (oracle.faults.execute) failIf(oracle.faults.execute);
        if (!sql.startsWith('SELECT')) return {};
        let at = 0;
        let batch = 0;
        oracle.openResults += 1;
        return {
          resultSet: {
            async getRows(count) {
              batch += 1;
              if (oracle.isSlow) {
                await new Promise<void>((resolve) => {
                  breakOff = resolve;
                });
                throw failed('ORA-01013: user requested cancel of current operation');
              }
              if (oracle.faults.fetch?.batch === batch) failIf(oracle.faults.fetch.message);
              at += count;
              return rows.slice(at - count, at);
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
