import type { LoadConfig } from '../config/load-schema.ts';
import type { LoadReport } from '../load/load-report.ts';
import { followDelivery, noteDelivery } from '../load/sis-job/follow-delivery.ts';
import { needsLook } from '../load/sis-job/sis-report.ts';
import { almaCounts } from '../report/alma-result.ts';
import type { Session } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { wireAlma } from './wire-alma.ts';

/** After a delivery: notes what Alma has been given and, where the configuration asks for it, follows it into Alma's jobs. */
export async function followAlma(
  report: LoadReport,
  { config, log }: Pick<Session<LoadConfig>, 'config' | 'log'>,
  { signal }: Pick<ProcessContext, 'signal'>,
): Promise<void> {
  if (report.outcome !== 'delivered' || (config.alma?.jobs.length ?? 0) === 0) return;
  const wired = wireAlma(config, log);
  if (!wired) return;
  try {
    const groups = report.groups
      .filter(({ delivered }) => delivered)
      .map(({ name, files }) => ({ name, users: files.reduce((sum, { users }) => sum + users, 0) }));
    const following = { ...wired, log, signal };
    const note = await noteDelivery(following, { at: new Date(), groups });
    if (wired.settings.after !== 'none')
      report.alma = await followDelivery({ ...following, note }, report.durations);
  } finally {
    await wired.close();
  }
}

/** What the end of a run is to know of Alma: nothing where it was not asked. */
export function almaEnding({ alma }: Pick<LoadReport, 'alma'>) {
  if (!alma || alma.jobs.length === 0) return {};
  return {
    counts: (ofBooks: string) => `${ofBooks}; ${almaCounts(alma)}`,
    isRefused: needsLook(alma),
  };
}
