import type { Log } from '../core/log.ts';
import type { LoadJob } from '../load/job.ts';
import { parseLedger } from '../load/ledger.ts';
import { planColumns } from '../load/plan-columns.ts';
import { counted } from '../report/words.ts';
import { lookAtAlma } from './check-alma.ts';
import { type CheckOptions, type Looking, lookAtMails, warnOfPlainHttp } from './check-part.ts';
import { openLoad } from './open-load.ts';
import type { ProcessContext } from './process-context.ts';
import { risksOf, wireJob } from './wire-load.ts';

/** Tries every part of a load job. */
export async function lookAtLoad(
  options: CheckOptions,
  context: ProcessContext,
  lookWith: (log: Log) => Looking,
): Promise<void> {
  const { config, adapters, now, log, plainHttp } = await openLoad(options, context);
  const { source, store, ledger, lease, mails, notices } = adapters;
  const { signal } = context;
  const looking = lookWith(log);
  const { look, warn } = looking;
  let job: LoadJob | null = null;
  try {
    await look('configuration', options.config, async () => {
      job = await wireJob(config, { now, dryRun: true, acceptDrop: false });
      return `valid, with ${counted(config.groups.length, 'group')} and all templates`;
    });
    for (const { part, system, risk } of risksOf(config, adapters)) warn(part, system, risk);
    warnOfPlainHttp(looking, plainHttp);
    const isThere = await look('source', source.name, () => source.check(signal));
    for (const [name, place] of (isThere && source.tables?.places) || [])
      await look(
        `table ${name}`,
        place,
        async () => (await source.tables?.describe(name, now, signal)) ?? '',
      );
    // Not tried again for every group: three wrong passwords lock an account.
    for (const group of (isThere && (job as LoadJob | null)?.groups) || []) {
      await look(`group ${group.name}`, group.relation.table ?? 'query', async () => {
        const present = await source.columns(group.relation, signal);
        const { columns } = planColumns(group, present, source.hasHeaderLine);
        return `would read ${counted(columns.length, 'column')}`;
      });
    }
    for (const each of new Set([store, ...config.groups.map(({ name }) => adapters.storeOf(name))]))
      await look('delivery', each.name, () => each.check(signal));
    await look('ledger', ledger.name, async () => {
      const found = await ledger.check(signal);
      parseLedger(await ledger.load(signal), ledger.name);
      return found;
    });
    if (lease) await look('lease', lease.name, () => lease.check(signal));
    await lookAtAlma(looking, config, job, log, signal);
    await lookAtMails(looking, { mails, notices }, signal);
  } finally {
    await adapters.close();
  }
}
