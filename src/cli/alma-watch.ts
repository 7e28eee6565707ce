import { loadSchema } from '../config/load-schema.ts';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { newRunReport, reportOf } from '../core/run.ts';
import { type DeliveryNote, parseNote } from '../load/sis-job/delivery-note.ts';
import { followDelivery } from '../load/sis-job/follow-delivery.ts';
import { needsLook } from '../load/sis-job/sis-report.ts';
import { almaCounts } from '../report/alma-result.ts';
import { type AlmaWatchReport, almaWatchHtml, almaWatchText } from '../report/alma-watch.ts';
import { finishRun } from './finish-run.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { version } from './version.ts';
import { type WiredAlma, wireAlma } from './wire-alma.ts';
import { wireErrorReporter, wireMails, wireNotices } from './wire-shared.ts';

export interface AlmaWatchOptions extends SessionOptions {
  readonly json?: boolean;
  readonly report?: string;
  /** Whether to look once, in place of waiting. */
  readonly once?: boolean;
}

/** `patronflow alma watch`: finds the runs that load the last delivery, watches them, and tells what `load` would have told. Starts none. */
export async function almaWatchCommand(options: AlmaWatchOptions, context: ProcessContext): Promise<number> {
  const session = await openSession({ pipeline: 'load', schema: loadSchema }, options, context);
  const { config, log, now } = session;
  const wired = wireAlma(config, log);
  if (!wired || wired.settings.jobs.length === 0)
    throw new PatronflowError('USAGE', 'The job names no job of Alma to watch.', {
      hint: 'Name the profile under alma.jobs; docs/alma.md shows how.',
    });
  const mails = wireMails(config.mail);
  const errorReporter = wireErrorReporter(config, version);
  const report: AlmaWatchReport = {
    ...newRunReport({ title: config.report.title, now }),
    deliveredAt: '',
    alma: null,
    durations: {},
  };
  try {
    await reportOf(report, { log, signal: context.signal }, async () => {
      const note = await lastNote(wired, context.signal);
      report.deliveredAt = note.deliveredAt;
      const limitMs = options.once ? 0 : wired.settings.limitMs;
      const settings = { ...wired.settings, after: 'find' as const, limitMs };
      const following = { ...wired, settings, note, log, signal: context.signal };
      report.alma = await followDelivery(following, report.durations);
      report.outcome = 'watched';
      return report;
    });
    const { alma } = report;
    const finishing = {
      ...session,
      job: 'alma watch' as const,
      options,
      report,
      text: almaWatchText,
      html: almaWatchHtml,
      books: [],
      isDryRun: false,
      written: 'written' as const,
      counts: () => (alma ? almaCounts(alma) : 'nothing to watch'),
      isRefused: alma !== null && needsLook(alma),
      // The page of the configuration is that of the delivery.
      config: { ...config, report: { ...config.report, file: undefined } },
      // The heartbeat is that of the load.
      adapters: {
        mails,
        notices: wireNotices(config).filter(({ tellsStart }) => !tellsStart),
        errorReporter,
      },
    };
    return await finishRun(finishing, context);
  } finally {
    await wired.close();
    for (const { mailer } of mails) await mailer.close();
  }
}

async function lastNote({ place }: WiredAlma, signal: AbortSignal): Promise<DeliveryNote> {
  const note = parseNote(await untilAborted(signal, place.load(signal)), place.name);
  if (note && note.jobs.length > 0) return note;
  throw new PatronflowError('USAGE', `There is no note of a delivery at ${place.name}.`, {
    hint: 'A load writes one once it has delivered files for one of alma.jobs.',
  });
}
