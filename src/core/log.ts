/** Facts beside a log line: counts, names of stages and files. Never a value of a record. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

/**
 * What the pipelines log to. Levels by consequence: `warn`, something unexpected and nothing lost;
 * `error`, a person must act.
 */
export interface Log {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}
