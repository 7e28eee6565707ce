import { newRunReport } from '../core/run.ts';
import type { QueueProgress } from '../poll/backfill/queue-progress.ts';
import type { Html } from './html.ts';
import { list, page, prose, section, table } from './page.ts';
import { handoverText, headline, pace, progressLines } from './queue-text.ts';
import { duration, number } from './words.ts';

/** How far a back-fill is, as a page. */
export function queueHtml(progress: QueueProgress, now: number): Html {
  const { workers, failed, ranges } = progress;
  const sections = [
    section('Progress', list([...progressLines(progress), handoverText(progress)].map(prose))),
  ];
  if (workers.length > 0) {
    const rows = workers.map(({ worker, running, done, patrons, perMinute, lastAt }) => [
      worker,
      running.length > 0 ? running.join(', ') : `idle for ${duration(now - lastAt)}`,
      number(done),
      number(patrons),
      pace(perMinute),
    ]);
    const headings = ['Worker', 'Works on ranges', '#Ranges done', '#Patrons sent', '#Patrons a minute'];
    sections.push(section('Workers', table('Workers, and what each has done', headings, rows)));
  }
  if (failed.length > 0) {
    const rows = failed.map(({ range, worker, tries, why }) => [
      String(range),
      worker ?? '',
      number(tries),
      prose(why ?? ''),
    ]);
    sections.push(
      section('Set aside', table('Ranges that failed', ['Range', 'Last worker', '#Tries', 'Why'], rows)),
    );
  }
  const report = newRunReport({ title: 'Back-fill', now: new Date(now) });
  return page(
    report,
    { text: headline(progress), isGood: ranges.failed === 0, milliseconds: null },
    sections,
  );
}
