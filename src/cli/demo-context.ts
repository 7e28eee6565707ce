import type { ProcessContext } from './process-context.ts';

/** What both demonstrations need. */
export interface DemoContext {
  /** A PostgreSQL of the demonstration's own. */
  readonly postgresUrl: string;
  readonly directory: string;
  readonly seed: number;
  readonly people: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** The process, seen from the directory, with no variables but those given here. */
  readonly contextWith: (environment: Record<string, string>) => ProcessContext;
}
