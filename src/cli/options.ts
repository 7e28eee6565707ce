import { InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../core/instant.ts';

// Options and values that several commands take.

const defaultConfig = 'patronflow.yaml';

export const config = new Option('-c, --config <file>', 'configuration file, or preset:NAME').default(
  defaultConfig,
);
export const envFile = new Option(
  '--env-file <file>',
  'file with NAME=value lines; the environment takes precedence',
);
export const now = new Option(
  '--now <time>',
  "ISO time that the run is dated with, instead of the clock; without an offset UTC, for a poll the job's time zone",
).argParser(isoTime);
export const json = new Option('--json', 'print JSON for programs');
export const verbose = new Option('--verbose', 'show the log on a terminal too; elsewhere it always shows');

export const queue = new Option(
  '--queue <url>',
  'the queue of the workers, postgres://host/database or redis://host; or QUEUE_URL, with QUEUE_USER and QUEUE_PASSWORD',
);

/** Takes the exit code of a command. */
export type Done = (code: number) => void;

export function addTo(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}

/** A time in text: which zone one without an offset is meant in, the job says. */
function isoTime(text: string): string {
  if (parseInstant(text, 'UTC') === null)
    throw new InvalidArgumentError('Give a time such as 2026-03-01T12:00:00Z.');
  return text;
}
