import { describe, expect, it } from 'vitest';
import { crowdTexts } from '../../../src/poll/crowd-texts.ts';
import type { PollReport } from '../../../src/poll/poll-report.ts';
import { sourceOf } from '../../../src/report/html.ts';
import { pollHtml } from '../../../src/report/poll-html.ts';
import { outcomeText, pollText } from '../../../src/report/poll-text.ts';
import { fullReport, modeReport, pollReport } from '../support/poll-reports.ts';

describe('the report as text', () => {
  it('tells the whole run', () => {
    expect(pollText(fullReport()).split('\n')).toEqual([
      'PatronInfo, 2026-03-01 12:00:00 UTC',
      'Sent: 1,503 records.',
      '',
      'new: 1,200 read = 1,190 sent + 3 left out + 7 rejected',
      '  left out: 3 deleted since',
      '  5 rejected: the id and address are longer than the 72 bytes that bcrypt reads',
      '  2 rejected: the Avro schema rejects the record',
      '  tracts: 1,000 found, 100 not found, 40 ambiguous, 50 geocoder failed, 10 no address',
      '',
      'updated: 1,500 read = 300 sent + 1,200 left out + 0 rejected',
      '  left out: 1,190 sent as new already, 10 deleted since',
      '  250 known to the warehouse',
      '  tracts: 250 known to the warehouse, 50 found',
      '',
      'deleted: 13 read = 13 sent + 0 left out + 0 rejected',
      '  12 known to the warehouse',
      '  incomplete: read through 2026-02-28 of 2026-03-01',
      '',
      'Geocoding, distinct addresses:',
      '  census, as written: 1,100 asked = 950 found + 80 not found + 20 ambiguous + 50 failed',
      '  census, cleaned: 150 asked = 60 found + 70 not found + 20 ambiguous + 0 failed',
      '    60 match street (name incomplete)',
      '',
      'Privacy:',
      '  45 of 1,490 records of this run (3.0 %) are unique: no other record of this run has the same tract, patron type, home library.',
      '  120 records, the unique ones included, share these values with fewer than 4 others. Someone who knows these values of a person can recognise the record.',
      '  The tract contributes most: without it, 0.2 % would be unique.',
      '',
      'Warnings:',
      '  new: 50 records have no tract because the geocoder failed.',
      '',
      'To kinesis stream PatronInfo-qa.',
      'Took 1 min 2 s.',
      '',
    ]);
  });

  it('is short for a run that found no patrons', () => {
    const report = pollReport({ modes: [modeReport('new'), modeReport('updated')], milliseconds: 1234 });
    expect(pollText(report).split('\n')).toEqual([
      'PatronInfo, 2026-03-01 12:00:00 UTC',
      'Sent: 0 records.',
      '',
      'new: 0 read = 0 sent + 0 left out + 0 rejected',
      '',
      'updated: 0 read = 0 sent + 0 left out + 0 rejected',
      '',
      'To kinesis stream PatronInfo-qa.',
      'Took 1.2 s.',
      '',
    ]);
  });

  it('tells the error, and what to do', () => {
    const error = { code: 'SOURCE_LOST', kind: 'transient', message: 'Gone.', hint: 'Again.' } as const;
    const lines = pollText(fullReport({ outcome: 'failed', error })).split('\n');
    expect(lines[1]).toMatch(/^FAILED\. 1,503 records were sent before that;/);
    expect(lines.slice(2, 5)).toEqual(['', 'Gone.', 'Again.']);
  });

  it.each<[Partial<PollReport>, RegExp]>([
    [{ outcome: 'sent' }, /^Sent: 1,503 records\.$/],
    [{ outcome: 'sent', isDiscarding: true }, /^Done: 1,503 records were made and sent nowhere\.$/],
    [{ outcome: 'dry_run' }, /^Dry run: nothing was sent, and the checkpoint was left as it was\.$/],
    [{ outcome: 'held' }, /^STOPPED BY THE GUARD\. 1,503 records were sent before that;/],
    [{ outcome: 'stopped' }, /^STOPPED before the end\. 1,503 records were sent before that;/],
    [
      { outcome: 'failed', isDiscarding: true },
      /^FAILED\. 1,503 records were made and sent nowhere before that;/,
    ],
  ])('begins with how it ended: %j', (change, expected) => {
    expect(outcomeText(fullReport(change))).toMatch(expected);
  });

  it.each(['dry_run', 'failed', 'stopped', 'held'] as const)(
    'of a dry run never says that something was sent: %s',
    (outcome) => {
      const destinations = ['kinesis stream PatronInfo-qa'];
      const report = fullReport({ outcome, isDryRun: true, destinations });
      for (const shown of [pollText(report), sourceOf(pollHtml(report))]) {
        expect(shown.replaceAll('nothing was sent', '')).not.toMatch(/\bsent\b|went out/i);
        expect(shown).toContain('nothing was sent');
        expect(shown).toContain('Meant for');
      }
    },
  );

  it('of a run that discards its records says that they were made', () => {
    const text = pollText(fullReport({ isDiscarding: true, destinations: [] }));
    expect(text).toContain('new: 1,200 read = 1,190 made + 3 left out');
    expect(text.replaceAll('sent nowhere', '')).not.toMatch(/\bsent\b/);
  });

  it('says nothing of crowds where no patron was counted or all are in one, and names no tract', () => {
    expect(crowdTexts(pollReport().crowds)).toEqual([]);
    expect(crowdTexts({ ...fullReport().crowds, few: 0, alone: 0 })).toEqual([]);
    expect(pollText(fullReport())).not.toMatch(/\d{11}/);
  });
});
