import { safeText } from '../core/safe-text.ts';
import { accountedFor, type CounterKind, counterKinds } from '../load/sis-job/read-counters.ts';
import type { SisJobReport, SisReport } from '../load/sis-job/sis-report.ts';
import { type Html, html, nothing } from './html.ts';
import { details, list, prose, section, table } from './page.ts';
import { counted, number } from './words.ts';

/** How Alma took a delivery, in a sentence; '' where it was not asked. */
export function almaOutcome(report: SisReport | null): string {
  if (!report || report.jobs.length === 0) return '';
  const { jobs } = report;
  if (jobs.some(({ result }) => result === 'failed')) return "ALMA'S JOB DID NOT LOAD THE DELIVERY.";
  if (jobs.some(({ result }) => result === 'unknown')) return "ALMA'S RESULT IS UNKNOWN.";
  const rejected = rejectedIn(report);
  if (rejected > 0) return `ALMA REJECTED ${counted(rejected, 'user').toUpperCase()}.`;
  const differing = jobs.find(({ difference }) => difference !== null && difference !== 0);
  if (differing) return `${differenceText(differing).toUpperCase()}.`;
  if (jobs.some(({ difference }) => difference === null))
    return "Alma's job succeeded; its counters were not recognised.";
  return 'Alma accepted all users.';
}

/** The same for the subject of a mail. */
export function almaCounts(report: SisReport): string {
  const { jobs } = report;
  if (jobs.some(({ result }) => result === 'failed')) return "Alma's job FAILED";
  if (jobs.some(({ result }) => result === 'unknown')) return "Alma's result UNKNOWN";
  if (jobs.some(({ difference, counts }) => difference === null && counts.rejected === null))
    return "Alma's counters not recognised";
  const rejected = rejectedIn(report);
  const differing = jobs.find(({ difference }) => difference !== null && difference !== 0);
  return `Alma REJECTED ${number(rejected)}${differing ? `, ${differenceText(differing)}` : ''}`.replace(
    /^Alma REJECTED 0/,
    'Alma rejected 0',
  );
}

function rejectedIn({ jobs }: SisReport): number {
  return jobs.reduce((sum, { counts }) => sum + (counts.rejected ?? 0), 0);
}

/** `Alma accounts for 95 of 100 users delivered` */
function differenceText({ counts, delivered }: SisJobReport): string {
  return `Alma accounts for ${number(accountedFor(counts) ?? 0)} of ${counted(delivered, 'user')} delivered`;
}

const results: Readonly<Record<SisJobReport['result'], string>> = {
  taken: 'succeeded',
  failed: 'FAILED',
  unknown: 'UNKNOWN',
};

/** What Alma made of the delivery, in lines. */
export function almaLines({ jobs }: SisReport): string[] {
  return jobs.flatMap((job) => {
    const lines = [`Alma, ${job.groups.join(', ')}: ${job.job} ${results[job.result]}${statusText(job)}`];
    return [...lines, ...restOf(job).map((line) => `  ${line}`)];
  });
}

function statusText({ status, instance, startedBy, endedAt }: SisJobReport): string {
  const facts = [
    status,
    instance && `run ${instance}`,
    startedBy === null ? '' : `started by ${startedBy === 'schedule' ? 'its schedule' : 'Patronflow'}`,
    endedAt && `ended ${endedAt}`,
  ].filter(Boolean);
  return facts.length > 0 ? ` (${facts.join(', ')})` : '';
}

function restOf(job: SisJobReport): string[] {
  const { why, warnings, alerts, reasons, otherCounters } = job;
  const counts = countsText(job);
  return [
    ...(why ? [why] : []),
    ...(counts ? [counts] : []),
    ...differenceLines(job),
    ...reasons.flatMap(({ reason, users, ids }) => [
      `${number(users)} rejected: ${reason}`,
      ...(ids.length > 0 ? [`  ${ids.slice(0, shownIds).join(', ')}${moreText(ids.length - shownIds)}`] : []),
    ]),
    ...missingReasons(job),
    ...alerts.map((alert) => `Alma says: ${safeText(alert)}`),
    ...warnings,
    ...(otherCounters.length > 0 && warnings.length > 0 ? [`Its counters: ${othersText(job)}`] : []),
  ];
}

/** Ids shown where space is dear; the page and `--json` have more. */
const shownIds = 10;

const moreText = (more: number): string => (more > 0 ? ` and ${number(more)} more` : '');

function othersText({ otherCounters }: SisJobReport): string {
  return otherCounters.map(({ label, value }) => `${label} ${number(value)}`).join(', ');
}

/** `100 delivered = 20 created + 5 updated + 72 unchanged + 3 rejected` */
function countsText({ counts, delivered }: SisJobReport): string {
  const accounted = accountedFor(counts);
  const known = (['created', 'updated', 'unchanged', 'rejected'] as const).filter(
    (kind) => counts[kind] !== null,
  );
  if (known.length === 0) return '';
  const sum = known.map((kind) => `${number(counts[kind] ?? 0)} ${kind}`).join(' + ');
  return accounted === delivered
    ? `${number(delivered)} delivered = ${sum}`
    : `${number(delivered)} delivered; Alma counts ${sum}`;
}

function differenceLines(job: SisJobReport): string[] {
  if (job.difference === null || job.difference === 0) return [];
  return job.difference < 0
    ? [
        `${counted(-job.difference, 'user')} of the delivery missing in Alma's counters. Compare the report of the job in Alma.`,
      ]
    : [
        `${counted(job.difference, 'more user')} than were delivered. Check whether the folder held other files.`,
      ];
}

function missingReasons({ reasonsMissing }: SisJobReport): string[] {
  return reasonsMissing > 0
    ? [
        `${number(reasonsMissing)} rejected for reasons that were not read; the report of the job in Alma has them.`,
      ]
    : [];
}

const headings: Readonly<Record<CounterKind, string>> = {
  processed: '#Processed',
  created: '#Created',
  updated: '#Updated',
  unchanged: '#Unchanged',
  rejected: '#Rejected',
};

/** The same as a section of the page. */
export function almaHtml(report: SisReport | null): Html {
  if (!report || report.jobs.length === 0) return nothing;
  const { jobs } = report;
  const rows = jobs.map((job) => [
    job.groups.join(', '),
    results[job.result],
    number(job.delivered),
    ...counterKinds.map((kind) => (job.counts[kind] === null ? '–' : number(job.counts[kind]))),
  ]);
  const columns = ['Groups', 'Job', '#Delivered', ...counterKinds.map((kind) => headings[kind])];
  const caption = 'Delivered = created + updated + unchanged + rejected, as Alma counts';
  return section('Result in Alma', [
    table(caption, columns, rows),
    list(jobs.map((job) => html`${job.job}${statusText(job)}`)),
    list(
      jobs.flatMap((job) => [
        ...(job.why ? [prose(job.why)] : []),
        ...differenceLines(job).map(prose),
        ...job.alerts.map((alert) => html`Alma says: ${safeText(alert)}`),
        ...job.warnings.map(prose),
        ...missingReasons(job).map(prose),
        ...(job.otherCounters.length > 0 ? [html`Other counters: ${othersText(job)}`] : []),
      ]),
    ),
    reasonsHtml(jobs),
  ]);
}

function reasonsHtml(jobs: readonly SisJobReport[]): Html {
  const rows = jobs.flatMap(({ groups, reasons }) =>
    reasons.map(({ reason, users, ids }) => [
      groups.join(', '),
      number(users),
      [reason, ids.length > 0 ? details(counted(ids.length, 'id'), html`<p>${ids.join(', ')}</p>`) : nothing],
    ]),
  );
  return rows.length === 0
    ? nothing
    : table('Users whom Alma rejected, by reason', ['Groups', '#Users', 'Why'], rows);
}
