import { untilAborted } from '../core/abort.ts';
import { exitCodes, PatronflowError, toPatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { safeLines, safeText } from '../core/safe-text.ts';
import type { CheckOptions, Looking } from './check-part.ts';
import { jobOf, readConfigText } from './config-file.ts';
import { printJson, printText } from './print.ts';
import type { Output, ProcessContext } from './process-context.ts';

interface Finding {
  readonly part: string;
  readonly system: string;
  readonly found: string;
  readonly error: PatronflowError | null;
  readonly isWarning?: boolean;
}

/**
 * `patronflow check`: tries every part of the job, one by one, and changes nothing.
 * @param wanted the job that the configuration should be for; '' for either job
 */
export async function checkCommand(
  wanted: string,
  options: CheckOptions,
  context: ProcessContext,
): Promise<number> {
  const reading = readConfigText(options.config, context.workingDirectory);
  const job = jobOf(await untilAborted(context.signal, reading));
  if (wanted !== '' && wanted !== job) {
    throw new PatronflowError('USAGE', `${safeText(options.config)} does not configure a ${wanted} job.`, {
      hint: 'Name its file with --config.',
    });
  }
  const findings: Finding[] = [];
  const lookWith = (log: Log): Looking => ({
    warn: (part, system, found) => {
      findings.push({ part, system, found, error: null, isWarning: true });
      log.warn(found, { part, system });
    },
    look: async (part, system, work) => {
      try {
        const found = await untilAborted(context.signal, work());
        findings.push({ part, system, found, error: null });
        log.info(found, { part });
        return true;
      } catch (thrown) {
        context.signal.throwIfAborted();
        const error = toPatronflowError(thrown);
        findings.push({ part, system, found: error.message, error });
        log.error(error.message, { part, code: error.code });
        return false;
      }
    },
  });
  const look =
    job === 'poll'
      ? (await import('./check-poll.ts')).lookAtPoll
      : (await import('./check-load.ts')).lookAtLoad;
  await look(options, context, lookWith);
  if (options.json) printJson(context.stdout, findings.map(plain));
  else printText(context.stdout, findingsText(findings, context.stdout));
  const first = findings.find(({ error }) => error !== null)?.error;
  return first ? exitCodes[first.kind] : 0;
}

function plain({ part, system, found, error, isWarning }: Finding) {
  const more = error ? { code: error.code, hint: error.hint } : isWarning ? { warning: true } : {};
  return { part, system, ok: error === null, found, ...more };
}

/** A line for each part, or where a terminal is too narrow for that, its name and below it what was found. */
function findingsText(findings: readonly Finding[], { isTTY, columns = 0 }: Output): string {
  const lines = tableLines(findings);
  const isNarrow = isTTY && columns > 0 && lines.some(({ length }) => length > columns);
  return safeLines(isNarrow ? findings.flatMap(stackedLines) : lines);
}

function stateOf({ error, isWarning }: Finding): string {
  return error ? 'FAILED' : isWarning ? 'WARN  ' : 'ok    ';
}

/** What was found, and what to do. */
function foundLines({ found, error }: Finding): string[] {
  return [...found.split('\n'), ...(error?.hint ? [error.hint] : [])];
}

function tableLines(findings: readonly Finding[]): string[] {
  const width = (pick: (finding: Finding) => string) =>
    Math.max(...findings.map((finding) => pick(finding).length));
  const part = width((finding) => finding.part);
  const system = width((finding) => finding.system);
  return findings.flatMap((finding) => {
    const [first, ...others] = foundLines(finding);
    const start = `${stateOf(finding)}  ${finding.part.padEnd(part)}  ${finding.system.padEnd(system)}`;
    return [`${start}  ${first}`, ...others.map((line) => `${''.padEnd(start.length)}  ${line}`)];
  });
}

function stackedLines(finding: Finding): string[] {
  const { part, system } = finding;
  return [`${stateOf(finding)}  ${part}: ${system}`, ...foundLines(finding).map((line) => `        ${line}`)];
}
