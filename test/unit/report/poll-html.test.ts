import { describe, expect, it } from 'vitest';
import type { PollReport } from '../../../src/poll/poll-report.ts';
import type { PatronMode } from '../../../src/poll/ports.ts';
import { sourceOf } from '../../../src/report/html.ts';
import { pollHtml } from '../../../src/report/poll-html.ts';
import { duration } from '../../../src/report/words.ts';
import { fullReport, modeReport, pollReport } from '../support/poll-reports.ts';
import { all, headings, readPage, rowsUnder, textOf } from '../support/read-page.ts';

const pageOf = (report: PollReport) => sourceOf(pollHtml(report));

const treeOf = (report: PollReport) => readPage(pageOf(report));
const rowsOf = (heading: string, report: PollReport) => rowsUnder(heading, pageOf(report));

describe('the report as a page', () => {
  it('shows the books of each mode in a line that balances', () => {
    const rows = rowsOf('Patrons', fullReport());
    expect(rows).toEqual([
      ['new', '1,200', '1,190', '0', '3', '7', '–'],
      ['updated', '1,500', '300', '1,190', '10', '0', '250'],
      ['deleted', '13', '13', '0', '0', '0', '12'],
    ]);
    for (const row of rows) {
      const [read = 0, ...rest] = row.slice(1, 6).map((cell) => Number(cell.replace(',', '')));
      expect(rest.reduce((sum, count) => sum + count, 0)).toBe(read);
    }
    const html = pageOf(fullReport());
    expect(html).toContain('Read = sent + sent as new + deleted since + rejected');
    expect(html).toContain(
      'new: 5 rejected, the id and address are longer than the 72 bytes that bcrypt reads',
    );
    expect(html).toContain('Sent to <code>kinesis stream PatronInfo-qa</code>.');
  });

  it('shows how patrons came by their tract, and what the geocoders said', () => {
    expect(rowsOf('Census tracts', fullReport())).toEqual([
      ['new', '0', '1,000', '100', '40', '50', '10'],
      ['updated', '250', '50', '0', '0', '0', '0'],
    ]);
    const html = pageOf(fullReport());
    expect(html).toContain('<th scope="row">census, as written</th><td class="number">1,100</td>');
    expect(html).toContain('<th scope="row">census, cleaned</th><td class="number">150</td>');
  });

  it('shows the tracts that may be shown, with bars, and counts the others', () => {
    const report = fullReport();
    expect(rowsOf('Records per tract', report).map(([tract, count]) => [tract, count])).toEqual([
      ['36061000100', '900'],
      ['36061000200', '90'],
    ]);
    const html = pageOf(report);
    expect(html.match(/<rect width="\d+"/g)).toEqual(['<rect width="100"', '<rect width="10"']);
    expect(html).toContain('3 tracts with fewer than 5 records each have 8 together; they are not shown');
    expect(html).toContain('492 records have no tract.');
  });

  it('shows no more than 25 tracts, and sums up the rest', () => {
    const tracts = Array.from({ length: 30 }, (_, index) => ({
      geoid: String(36061000100 + index),
      records: 10,
    }));
    const report = fullReport({ crowds: { ...fullReport().crowds, tracts } });
    expect(rowsOf('Records per tract', report)).toHaveLength(25);
    expect(pageOf(report)).toContain('5 more tracts have 50 records.');
  });

  it('tells where each mode came to an end', () => {
    expect(rowsOf('Time', fullReport()).map((row) => row.slice(0, 3))).toEqual([
      ['new', '2026-02-28 12:00:00.000000', '2026-03-01 11:59:00.000000 (the end)'],
      ['updated', '2026-02-28 12:00:00.000000', '2026-03-01 11:59:00.000000 (the end)'],
      ['deleted', '2026-02-27', '2026-02-28, incomplete'],
    ]);
  });

  it('draws what was sent over time, up to all of it at the end', () => {
    const [line] = all(treeOf(fullReport()), 'polyline');
    const points = (line?.attributes.points ?? '').split(' ').map((point) => point.split(',').map(Number));
    expect(points[0]).toEqual([0, 120]);
    expect(points).toHaveLength(4);
    expect(points.at(-1)?.[1]).toBe(0);
    for (const [index, [x = 0, y = 0]] of points.entries()) {
      const [beforeX = 0, beforeY = 120] = points[index - 1] ?? [];
      expect([x >= beforeX, y <= beforeY, x <= 600]).toEqual([true, true, true]);
    }
    expect(pageOf(fullReport())).toContain('1,490 records in 5 batches over 1 min 2 s');
    expect(rowsOf('Batches over time', fullReport())[2]).toEqual([
      'updated',
      '3',
      '1,500',
      '300',
      '1 min 1 s',
    ]);
  });

  it('leaves out what there is not', () => {
    expect(headings(pageOf(fullReport()))).toEqual([
      'Warnings',
      'Patrons',
      'Census tracts',
      'Records per tract',
      'Privacy',
      'Batches over time',
      'Time',
    ]);
    expect(headings(pageOf(pollReport()))).toEqual([]);
    expect(headings(pageOf(pollReport({ modes: [modeReport('deleted')] })))).toEqual(['Patrons', 'Time']);
  });

  it('shows at once how the run ended', () => {
    const outcome = (change: Partial<PollReport>) => {
      const [found] = all(treeOf(fullReport(change)), 'p').filter(({ attributes }) =>
        attributes.class?.startsWith('outcome'),
      );
      return [found?.attributes.class, found && textOf(found)];
    };
    expect(outcome({})).toEqual(['outcome', 'Sent: 1,503 records.']);
    expect(outcome({ outcome: 'dry_run' })[0]).toBe('outcome');
    expect(outcome({ outcome: 'failed' })[0]).toBe('outcome bad');
    expect(outcome({ outcome: 'stopped' })[0]).toBe('outcome bad');
  });
});

describe('what a page must not do', () => {
  const evil = '<script>alert("x")</script>&\'"><b>';

  it('is to take text for HTML, wherever it comes from', () => {
    const report = fullReport({
      title: evil,
      warnings: [evil],
      destinations: [evil],
      error: { code: 'SOURCE_LOST', kind: 'transient', message: evil, hint: evil },
      modes: [
        modeReport(evil as PatronMode, { from: evil, before: evil, through: evil, isComplete: false }),
        modeReport(evil as PatronMode, { from: evil, before: evil, through: evil }),
      ],
      attempts: [
        {
          geocoder: evil,
          form: 'cleaned',
          asked: 1,
          match: 1,
          no_match: 0,
          tie: 0,
          error: 0,
          details: { [evil]: 1 },
        },
      ],
      crowds: { ...fullReport().crowds, tracts: [{ geoid: evil, records: 5 }] },
      batches: fullReport().batches.map((batch) => ({ ...batch, mode: evil as PatronMode })),
    });
    const tree = treeOf(report);
    expect(all(tree, 'script')).toEqual([]);
    expect(all(tree, 'b')).toEqual([]);
    // In the title, the heading, the outcome's two lines and each of the tables it came back as the text it was.
    expect(textOf(tree).split(evil).length - 1).toBeGreaterThanOrEqual(14);
  });

  it('is to load or run anything', () => {
    const html = pageOf(fullReport());
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|\bon\w+=|url\(|@import|https?:/i);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0.0 s'],
    [1234, '1.2 s'],
    [60_000, '1 min 0 s'],
    [61_500, '1 min 2 s'],
    [3_600_000, '60 min 0 s'],
  ])('of %i ms reads %s', (milliseconds, expected) => {
    expect(duration(milliseconds)).toBe(expected);
  });

  it('has no 60 seconds beside its minutes', () => {
    expect(duration(119_600)).toBe('2 min 0 s');
  });
});
