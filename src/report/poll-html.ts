import { tractOrigins } from '../poll/batch.ts';
import { smallestCrowd } from '../poll/count-crowds.ts';
import { crowdTexts } from '../poll/crowd-texts.ts';
import { type BatchFigures, type PollReport, withoutDatesText } from '../poll/poll-report.ts';
import { type RejectReason, rejectReasons } from '../poll/reject-reasons.ts';
import { type Html, html, isNothing, join, nothing } from './html.ts';
import { details, list, page, prose, section, table } from './page.ts';
import { detailsText, doneWord, originTexts, outcomeText } from './poll-text.ts';
import { duration, number } from './words.ts';

/** The report as a page of its own: what needs a person first, then what happened, then the details. */
export function pollHtml(report: PollReport): Html {
  const isGood = report.outcome === 'sent' || report.outcome === 'dry_run';
  return page(report, { text: outcomeText(report), isGood, milliseconds: report.milliseconds }, [
    attention(report),
    patrons(report),
    geocoding(report),
    tractsTable(report),
    privacy(report),
    batchesOverTime(report),
    passes(report),
  ]);
}

function attention(report: PollReport): Html {
  const items = report.warnings.map(prose);
  return items.length === 0 ? nothing : section('Warnings', list(items));
}

function patrons(report: PollReport): Html {
  const { modes, destinations, withoutDates, isDryRun } = report;
  if (modes.length === 0) return nothing;
  const done = doneWord(report);
  const rows = modes.map(({ mode, books, sentAsNew, leftToDeleted, known }) => [
    mode,
    number(books.read),
    number(books.written),
    number(sentAsNew),
    number(leftToDeleted),
    number(books.rejected),
    mode === 'new' && known === 0 ? '–' : number(known),
  ]);
  const reasons = modes.flatMap(({ mode, books }) =>
    Object.entries(books.reasons).map(
      ([reason, count]) => `${mode}: ${number(count)} rejected, ${rejectReasons[reason as RejectReason]}`,
    ),
  );
  if (withoutDates > 0) reasons.push(withoutDatesText(withoutDates));
  const places = destinations.map((each) => html`<code>${each}</code>`);
  const headings = [
    'Mode',
    '#Read',
    `#${capital(done)}`,
    `#${capital(done)} as new`,
    '#Deleted since',
    '#Rejected',
    '#Known to the warehouse',
  ];
  return section('Patrons', [
    places.length > 0 ? html`<p>${isDryRun ? 'Meant for' : 'Sent to'} ${join(places, ', ')}.</p>` : nothing,
    table(`Read = ${done} + ${done} as new + deleted since + rejected`, headings, rows),
    list(reasons),
  ]);
}

function geocoding({ attempts, modes }: PollReport): Html {
  const origins = modes
    .filter(({ mode }) => mode !== 'deleted')
    .map(({ mode, tracts }) => [mode, ...tractOrigins.map((origin) => number(tracts[origin]))]);
  const geocoders = attempts
    .filter(({ asked }) => asked > 0)
    .map(({ geocoder, form, ...counts }) => [
      `${geocoder}, ${form.replace('_', ' ')}`,
      number(counts.asked),
      number(counts.match),
      number(counts.no_match),
      number(counts.tie),
      number(counts.error),
    ]);
  const headings = ['Mode', ...tractOrigins.map((origin) => `#${capital(originTexts[origin])}`)];
  const tables = [
    origins.length > 0
      ? table('Where the tracts of the patrons come from, or why there is none', headings, origins)
      : nothing,
    geocoders.length > 0
      ? table(
          'Distinct addresses; each geocoder gets those that the earlier ones did not find',
          ['Geocoder', '#Asked', '#Found', '#Not found', '#Ambiguous', '#Failed'],
          geocoders,
        )
      : nothing,
    ...attempts
      .filter(({ details }) => Object.keys(details).length > 0)
      .map((each) => html`<p class="note">${each.geocoder}: ${detailsText(each.details)}.</p>`),
  ];
  return isNothing(tables) ? nothing : section('Census tracts', tables);
}

/** Tracts shown; the rest is counted. */
const shownTracts = 25;

function tractsTable({ crowds }: PollReport): Html {
  const { tracts, rare, withoutTract, records } = crowds;
  if (records === 0) return nothing;
  const max = tracts[0]?.records ?? 0;
  const rows = tracts
    .slice(0, shownTracts)
    .map(({ geoid, records: count }) => [html`<code>${geoid}</code>`, number(count), bar(count, max)]);
  const others = tracts.slice(shownTracts);
  const rest = [
    others.length > 0
      ? `${number(others.length)} more tracts have ${number(sum(others.map((each) => each.records)))} records.`
      : '',
    rare.tracts > 0
      ? `${number(rare.tracts)} tracts with fewer than ${smallestCrowd} records each have ${number(rare.records)} together; they are not shown, because so few could be recognised.`
      : '',
    withoutTract > 0 ? `${number(withoutTract)} records have no tract.` : '',
  ].filter(Boolean);
  const headings = ['Tract', '#Records', 'Share of the largest'];
  const shown = rows.length > 0 ? table('The most frequent first', headings, rows) : nothing;
  return section('Records per tract', html`${shown}<p class="note">${rest.join(' ')}</p>`);
}

function privacy({ crowds }: PollReport): Html {
  const items = crowdTexts(crowds).map(prose);
  return items.length === 0 ? nothing : section('Privacy', list(items));
}

/** A bar that says as much as the number beside it. */
function bar(value: number, max: number): Html {
  const width = Math.max(1, Math.round((value / max) * 100));
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="8"/></svg>`;
}

const chartWidth = 600;
const chartHeight = 120;

/** Records sent in the course of the run: one step a batch. */
function batchesOverTime(report: PollReport): Html {
  const { batches, milliseconds } = report;
  const done = doneWord(report);
  if (batches.length < 2) return nothing;
  const total = sum(batches.map(({ sent }) => sent));
  const end = Math.max(milliseconds, batches.at(-1)?.at ?? 1);
  let sent = 0;
  const points = batches.map((batch) => {
    sent += batch.sent;
    const x = (batch.at / end) * chartWidth;
    return `${x.toFixed(1)},${(chartHeight - (sent / Math.max(1, total)) * chartHeight).toFixed(1)}`;
  });
  const label = `${number(total)} records in ${number(sum(batches.map((each) => each.batches)))} batches over ${duration(end)}`;
  return section(
    'Batches over time',
    html`<figure><svg class="chart" viewBox="0 0 ${chartWidth} ${chartHeight}" role="img" aria-label="${label}"><polyline points="0,${chartHeight} ${points.join(' ')}"/></svg><figcaption class="note">${label}. Vertical axis: records ${done}; horizontal axis: time.</figcaption></figure>${batchesTable(batches, done)}`,
  );
}

function batchesTable(batches: readonly BatchFigures[], done: 'sent' | 'made'): Html {
  const rows = batches.map(({ mode, at, batches: count, read, sent }) => [
    mode,
    number(count),
    number(read),
    number(sent),
    duration(at),
  ]);
  const headings = ['Mode', '#Batches', '#Read', `#${capital(done)}`, '#Done after'];
  return details('The batches one by one', table(`In the order in which they were ${done}`, headings, rows));
}

function passes({ modes }: PollReport): Html {
  if (modes.length === 0) return nothing;
  const rows = modes.map(({ mode, from, through, before, isComplete, milliseconds: took }) => [
    mode,
    from,
    isComplete ? `${before} (the end)` : `${through}, incomplete`,
    duration(took),
  ]);
  return section('Time', table('What was read, in UTC', ['Mode', 'From', 'To', '#Took'], rows));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
