import type { LoadConfig } from '../config/load-schema.ts';
import { untilAborted } from '../core/abort.ts';
import type { LoadPorts } from '../load/job.ts';
import type { LoadReport } from '../load/load-report.ts';
import { leaversGroup } from '../load/roster/leavers-settings.ts';
import { askAlma } from '../load/sis-job/ask-alma.ts';
import { parseNote } from '../load/sis-job/delivery-note.ts';
import { followDelivery, noteDelivery } from '../load/sis-job/follow-delivery.ts';
import { needsLook } from '../load/sis-job/sis-report.ts';
import type { Archive } from '../load/write-zip.ts';
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
    const following = { ...wired, log, signal };
    const note = await noteDelivery(following, {
      madeAt: report.startedAt,
      at: new Date(),
      groups: deliveredUsers(report),
    });
    if (wired.settings.after !== 'none')
      report.alma = await followDelivery({ ...following, note }, report.durations);
  } finally {
    await wired.close();
  }
}

function deliveredUsers({ groups, leavers }: LoadReport) {
  const delivered = groups.filter((group) => group.delivered);
  const leaving = { name: leaversGroup, files: leavers?.files ?? [] };
  return [...delivered, leaving]
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => ({ name, users: usersIn(files) }));
}

const usersIn = (files: readonly Pick<Archive, 'users'>[]): number =>
  files.reduce((sum, { users }) => sum + users, 0);

/**
 * Asks what Alma made of the last delivery, for a run that compares with it. Null where no job of Alma is named.
 * @param isTrial whether the run changes nothing: what is found out is then not written down
 */
export function almaResults(
  { config, log }: Pick<Session<LoadConfig>, 'config' | 'log'>,
  isTrial: boolean,
): LoadPorts['almaResults'] {
  if ((config.alma?.jobs.length ?? 0) === 0) return undefined;
  return async (madeAt, signal) => {
    const wired = wireAlma(config, log);
    if (!wired) return {};
    try {
      const note = parseNote(await untilAborted(signal, wired.place.load(signal)), wired.place.name);
      // A run that died after its delivery has left the note of the one before it.
      if (note?.madeAt !== madeAt) return {};
      const place = isTrial ? { ...wired.place, save: async () => {} } : wired.place;
      return await askAlma({ ...wired, place, note, log, signal });
    } finally {
      await wired.close();
    }
  };
}

/** What the end of a run is to know of Alma: nothing where it was not asked. */
export function almaEnding({ alma }: Pick<LoadReport, 'alma'>) {
  if (!alma || alma.jobs.length === 0) return {};
  return {
    counts: (ofBooks: string) => `${ofBooks}; ${almaCounts(alma)}`,
    isRefused: needsLook(alma),
  };
}
