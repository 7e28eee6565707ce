import { untilAborted } from '../core/abort.ts';
import { exitCodes, type PatronflowError, toPatronflowError } from '../core/errors.ts';
import type { LoadJob } from '../load/job.ts';
import { parseLedger } from '../load/ledger.ts';
import { planColumns } from '../load/read-people.ts';
import { type LoadOptions, openSession, type Session } from './load.ts';
import type { Terminal } from './terminal.ts';
import { wireJob } from './wire-load.ts';

interface Finding {
  readonly part: string;
  readonly system: string;
  readonly found: string;
  readonly error: PatronflowError | null;
}

/** `patronflow check`: tries every part of the job, one by one, and changes nothing. */
export async function checkCommand(options: LoadOptions, terminal: Terminal): Promise<number> {
  const session = await openSession(options, terminal);
  const findings: Finding[] = [];
  const look = async (part: string, system: string, work: () => Promise<string>): Promise<boolean> => {
    try {
      const found = await untilAborted(terminal.signal, work());
      findings.push({ part, system, found, error: null });
      session.log.info(found, { part });
      return true;
    } catch (thrown) {
      terminal.signal.throwIfAborted();
      const error = toPatronflowError(thrown);
      findings.push({ part, system, found: error.message, error });
      session.log.error(error.message, { part, code: error.code });
      return false;
    }
  };
  try {
    await lookAtAll(options, session, terminal.signal, look);
  } finally {
    await session.adapters.close();
  }
  terminal.stdout.write(options.json ? `${JSON.stringify(findings.map(plain))}\n` : table(findings));
  const first = findings.find(({ error }) => error !== null)?.error;
  return first ? exitCodes[first.kind] : 0;
}

async function lookAtAll(
  options: LoadOptions,
  { config, adapters, now }: Session,
  signal: AbortSignal,
  look: (part: string, system: string, work: () => Promise<string>) => Promise<boolean>,
): Promise<void> {
  const { source, store, ledger, mail } = adapters;
  let job: LoadJob | null = null;
  await look('configuration', options.config, async () => {
    job = await wireJob(config, { now, dryRun: true, acceptDrop: false });
    return `valid, with ${config.groups.length} groups and their templates`;
  });
  const isThere = await look('source', source.name, () => source.check(signal));
  // Not tried again for every group: three wrong passwords lock an account.
  for (const { name, relation, person, template } of (isThere && (job as LoadJob | null)?.groups) || []) {
    await look(`group ${name}`, relation.table ?? 'query', async () => {
      const { columns } = planColumns(relation, await source.columns(relation, signal), person, template);
      return `would read ${columns.length} columns`;
    });
  }
  await look('delivery', store.name, () => store.check(signal));
  await look('ledger', ledger.name, async () => {
    const found = await ledger.check(signal);
    parseLedger(await ledger.load(signal), ledger.name);
    return found;
  });
  await look('mail', mail?.name ?? 'none', async () =>
    mail ? mail.check(signal) : 'nobody is told of a run',
  );
}

function plain({ part, system, found, error }: Finding) {
  return { part, system, ok: error === null, found, ...(error && { code: error.code, hint: error.hint }) };
}

function table(findings: readonly Finding[]): string {
  const width = (pick: (finding: Finding) => string) =>
    Math.max(...findings.map((finding) => pick(finding).length));
  const part = width((finding) => finding.part);
  const system = width((finding) => finding.system);
  const lines = findings.flatMap(({ part: name, system: where, found, error }) => [
    `${error ? 'FAILED' : 'ok    '}  ${name.padEnd(part)}  ${where.padEnd(system)}  ${found}`,
    ...(error?.hint ? [`        ${''.padEnd(part)}  ${''.padEnd(system)}  ${error.hint}`] : []),
  ]);
  return `${lines.join('\n')}\n`;
}
