import { untilAborted } from '../core/abort.ts';
import { exitCodes, PatronflowError, toPatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { CheckOptions, Look } from './check-part.ts';
import { jobOf, readConfigText } from './config-file.ts';
import type { ProcessContext } from './process-context.ts';

interface Finding {
  readonly part: string;
  readonly system: string;
  readonly found: string;
  /** What a person should know although it works; '' for nothing. */
  readonly warning: string;
  readonly error: PatronflowError | null;
}

/**
 * `patronflow check`: tries every part of the job, one by one, and leaves all as it was.
 * @param wanted the job that the configuration should be for; '' for either job
 */
export async function checkCommand(
  wanted: string,
  options: CheckOptions,
  context: ProcessContext,
): Promise<number> {
  const job = jobOf(await readConfigText(options.config, context.workingDirectory));
  if (wanted !== '' && wanted !== job) {
    throw new PatronflowError('USAGE', `${options.config} does not configure a ${wanted} job.`, {
      hint: 'Name its file with --config.',
    });
  }
  const findings: Finding[] = [];
  const lookWith =
    (log: Log): Look =>
    async (part, system, work) => {
      try {
        const result = await untilAborted(context.signal, work());
        const { found, warning } = typeof result === 'string' ? { found: result, warning: '' } : result;
        findings.push({ part, system, found, warning, error: null });
        log.info(found, { part });
        if (warning) log.warn(warning, { part });
        return true;
      } catch (thrown) {
        context.signal.throwIfAborted();
        const error = toPatronflowError(thrown);
        findings.push({ part, system, found: error.message, warning: '', error });
        log.error(error.message, { part, code: error.code });
        return false;
      }
    };
  const look =
    job === 'poll'
      ? (await import('./check-poll.ts')).lookAtPoll
      : (await import('./check-load.ts')).lookAtLoad;
  await look(options, context, lookWith);
  context.stdout.write(options.json ? `${JSON.stringify(findings.map(plain))}\n` : table(findings));
  const first = findings.find(({ error }) => error !== null)?.error;
  return first ? exitCodes[first.kind] : 0;
}

function plain({ part, system, found, warning, error }: Finding) {
  return {
    ...{ part, system, ok: error === null, found },
    ...(warning && { warning }),
    ...(error && { code: error.code, hint: error.hint }),
  };
}

function table(findings: readonly Finding[]): string {
  const width = (pick: (finding: Finding) => string) =>
    Math.max(...findings.map((finding) => pick(finding).length));
  const part = width((finding) => finding.part);
  const system = width((finding) => finding.system);
  const lines = findings.flatMap(({ part: name, system: where, found, warning, error }) => {
    const more = error?.hint || warning;
    const state = error ? 'FAILED' : warning ? 'warn  ' : 'ok    ';
    return [
      `${state}  ${name.padEnd(part)}  ${where.padEnd(system)}  ${found}`,
      ...(more ? [`        ${''.padEnd(part)}  ${''.padEnd(system)}  ${more}`] : []),
    ];
  });
  return `${lines.join('\n')}\n`;
}
