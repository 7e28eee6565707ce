import { type ModeReport, newPollReport, type PollReport } from '../../../src/poll/poll-report.ts';
import type { PatronMode } from '../../../src/poll/ports.ts';

export function modeReport(mode: PatronMode, change: Partial<ModeReport> = {}): ModeReport {
  return {
    mode,
    from: '2026-02-28 12:00:00.000000',
    before: '2026-03-01 11:59:00.000000',
    through: '2026-03-01 10:00:00.000000',
    isComplete: true,
    books: { read: 0, written: 0, unchanged: 0, duplicate: 0, skipped: 0, rejected: 0, reasons: {} },
    sentAsNew: 0,
    leftToDeleted: 0,
    known: 0,
    tracts: { known: 0, match: 0, no_match: 0, tie: 0, error: 0, no_address: 0 },
    unknownInitialLibraries: 0,
    milliseconds: 1000,
    ...change,
  };
}

/** The report of a run that ended well. */
export function pollReport(change: Partial<PollReport> = {}): PollReport {
  const report = newPollReport(
    { title: 'PatronInfo', now: new Date('2026-03-01T12:00:00Z'), dryRun: false },
    ['kinesis stream PatronInfo-qa'],
  );
  return { ...report, outcome: 'sent', milliseconds: 61_500, ...change };
}

/** A run with something of everything. */
export const fullReport = (change: Partial<PollReport> = {}): PollReport =>
  pollReport({
    modes: [
      modeReport('new', {
        books: {
          read: 1200,
          written: 1190,
          unchanged: 0,
          duplicate: 3,
          skipped: 0,
          rejected: 7,
          reasons: { too_long_to_hash: 5, refused_by_schema: 2 },
        },
        leftToDeleted: 3,
        tracts: { known: 0, match: 1000, no_match: 100, tie: 40, error: 50, no_address: 10 },
      }),
      modeReport('updated', {
        books: {
          read: 1500,
          written: 300,
          unchanged: 0,
          duplicate: 1200,
          skipped: 0,
          rejected: 0,
          reasons: {},
        },
        sentAsNew: 1190,
        leftToDeleted: 10,
        known: 250,
        tracts: { known: 250, match: 50, no_match: 0, tie: 0, error: 0, no_address: 0 },
      }),
      modeReport('deleted', {
        from: '2026-02-27',
        through: '2026-02-28',
        before: '2026-03-01',
        isComplete: false,
        books: { read: 13, written: 13, unchanged: 0, duplicate: 0, skipped: 0, rejected: 0, reasons: {} },
        known: 12,
      }),
    ],
    attempts: [
      {
        geocoder: 'census',
        form: 'as_written',
        asked: 1100,
        match: 950,
        no_match: 80,
        tie: 20,
        error: 50,
        details: {},
      },
      {
        geocoder: 'census',
        form: 'cleaned',
        asked: 150,
        match: 60,
        no_match: 70,
        tie: 20,
        error: 0,
        details: { 'match street (name incomplete)': 60 },
      },
    ],
    crowds: {
      tracts: [
        { geoid: '36061000100', records: 900 },
        { geoid: '36061000200', records: 90 },
      ],
      rare: { tracts: 3, records: 8 },
      withoutTract: 492,
      records: 1490,
      fields: ['geoid', 'ptype_code', 'patron_home_library_code'],
      few: 120,
      alone: 45,
      most: { field: 'geoid', aloneWithout: 3 },
    },
    batches: [
      { mode: 'new', at: 1000, batches: 1, read: 1000, sent: 995 },
      { mode: 'new', at: 2000, batches: 1, read: 200, sent: 195 },
      { mode: 'updated', at: 61_000, batches: 3, read: 1500, sent: 300 },
    ],
    warnings: ['new: 50 records have no tract because the geocoder failed.'],
    ...change,
  });
