import { exitCodes, type PatronflowError, toPatronflowError } from '../core/errors.ts';
import { planColumns } from '../load/read-people.ts';
import type { LoadJob } from '../load/run.ts';
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
  const look = async (part: string, system: string, work: () => Promise<string>): Promise<void> => {
    try {
      const found = await work();
      findings.push({ part, system, found, error: null });
      session.log.info(found, { part });
    } catch (thrown) {
      const error = toPatronflowError(thrown);
      findings.push({ part, system, found: error.message, error });
      session.log.error(error.message, { part, code: error.code });
    }
  };
  try {
    await lookAtAll(options, session, terminal.signal, look);
  } finally {
    await session.adapters.close();
  }
  terminal.stdout.write(options.json ? `${JSON.stringify(findings.map(plain))}\n` : table(findings));
  const worst = findings.find(({ error }) => error !== null)?.error;
  return worst ? exitCodes[worst.kind] : 0;
}

async function lookAtAll(
  options: LoadOptions,
  { config, adapters, now }: Session,
  signal: AbortSignal,
  look: (part: string, system: string, work: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const { source, store, ledger, mail } = adapters;
  let job: LoadJob | null = null;
  await look('configuration', options.config, async () => {
    job = await wireJob(config, { now, dryRun: true, acceptDrop: false });
    return `valid, with ${config.groups.length} groups and their templates`;
  });
  await look('source', source.name, () => source.check(signal));
  for (const { name, relation, person, template } of (job as LoadJob | null)?.groups ?? []) {
    await look(`group ${name}`, relation.table ?? 'query', async () => {
      const { columns } = planColumns(relation, await source.columns(relation, signal), person, template);
      return `would read ${columns.length} columns`;
    });
  }
  await look('delivery', store.name, () => store.check(signal));
  await look('ledger', ledger.name, () => ledger.check(signal));
  if (mail) await look('mail', mail.name, () => mail.check(signal));
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
