import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import type { PollPorts } from '../../../src/poll/job.ts';
import { pollText } from '../../../src/report/poll-text.ts';
import { sierraPatron } from '../support/memory-sierra.ts';
import { patrons, pollBench } from '../support/poll-bench.ts';
import { each } from '../support/poll-ports.ts';

describe('a run that is told how', () => {
  it('looks at the modes that it is told to, and saves only theirs', async () => {
    const { run, sent, checkpoint } = pollBench([
      sierraPatron(1, { deletedOn: '2026-02-01' }),
      sierraPatron(2, { createdAt: null, updatedAt: '2026-01-05 00:00:00.000000' }),
    ]);
    expect((await run({ modes: ['new'] })).modes.map(({ mode }) => mode)).toEqual(['new']);
    // No other pass would send the deletion.
    expect(sent()).toEqual([[1]]);
    expect(checkpoint.document).toMatchObject({
      update_dt: '2020-01-01T00:00:00-05:00',
      deletion_date: '2020-01-01',
    });
  });

  it('reads no more patrons than it is told to, says so, and goes on there', async () => {
    const { run, sent } = pollBench(patrons(5, { createdAt: '2026-01-05 00:00:00.000000' }));
    const [first] = (await run({ modes: ['new'], maxPatrons: each(4) })).modes;
    expect(first).toMatchObject({ isComplete: false, through: '2026-01-05 00:00:00.000000' });
    const [second] = (await run({ modes: ['new'], maxPatrons: each(4) })).modes;
    expect(second?.isComplete).toBe(true);
    expect(sent()).toEqual([[1, 2, 3], [4], [5]]);
  });

  it('begins where it is told to, without moving the checkpoint back', async () => {
    const { run, sent, checkpoint } = pollBench([
      sierraPatron(1, { createdAt: '2026-01-01 00:00:00.000000' }),
      sierraPatron(2, { createdAt: '2026-02-01 00:00:00.000000', deletedOn: '2026-02-01' }),
      sierraPatron(3, { createdAt: '2026-02-03 00:00:00.000000' }),
    ]);
    await run();
    const { creation_dt, update_dt, deletion_date, ids } = checkpoint.document as Record<string, unknown>;
    expect(sent()).toEqual([[1, 3], [2]]);
    // Of a deletion only the day is known.
    await run({ since: '2026-02-01 05:00:00.000000' });
    expect(sent().slice(2)).toEqual([[3], [2]]);
    expect(checkpoint.document).toMatchObject({ creation_dt, update_dt, deletion_date, ids });
  });

  it('does not move the checkpoint back when it begins before it and does not reach it', async () => {
    const { run, sent, checkpoint } = pollBench(patrons(3));
    await run();
    const { creation_dt, ids } = checkpoint.document as Record<string, unknown>;
    await run({ since: '2026-01-01 00:00:00.000000', modes: ['new'], maxPatrons: each(1) });
    expect(sent()).toEqual([[1, 2, 3], [1]]);
    expect(checkpoint.document).toMatchObject({ creation_dt, ids });
  });

  it('remembers what went out as new until it has come to the end of the updated ones', async () => {
    const { run, sent } = pollBench(patrons(5));
    const short = { ...each(Infinity), updated: 3 };
    expect((await run({ maxPatrons: short })).modes[1]).toMatchObject({ sentAsNew: 3, isComplete: false });
    expect((await run({ maxPatrons: short })).modes[1]).toMatchObject({ sentAsNew: 2, isComplete: true });
    expect(sent()).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('enters that time for all modes where there is no checkpoint yet', async () => {
    const { run, checkpoint } = pollBench(patrons(1));
    const report = await run({ since: '2026-01-05 05:00:00.000000', modes: ['new'] });
    expect(report.warnings).toEqual([expect.stringMatching(/no checkpoint .*starts from --since\.$/)]);
    expect(checkpoint.document).toMatchObject({
      creation_dt: '2026-01-05T07:00:00-05:00',
      update_dt: '2026-01-05T00:00:00-05:00',
      deletion_date: '2026-01-05',
    });
  });

  it('does not forget what went out as new when it skips updates that it has not read', async () => {
    const { run, sent } = pollBench(patrons(3));
    await run({ modes: ['new'] });
    const skipping = await run({ modes: ['updated'], since: '2026-02-01 00:00:00.000000' });
    expect(skipping.modes).toMatchObject([{ isComplete: true, books: { read: 0 } }]);
    expect((await run({ modes: ['updated'] })).modes).toMatchObject([{ sentAsNew: 3 }]);
    expect(sent()).toEqual([[1, 2, 3]]);
  });

  it('forgets what went out as new once the updates have gone past it, even in a run of new patrons only', async () => {
    const { run, checkpoint } = pollBench(patrons(1));
    const pass = {
      after: { at: '2025-01-01 00:00:00.000000', id: '' },
      through: { at: '2025-01-02 00:00:00.000000', id: '1' },
      before: '2025-01-03 00:00:00.000000',
    };
    checkpoint.document = {
      creation_dt: '2026-01-01T00:00:00-05:00',
      update_dt: '2026-01-01T00:00:00-05:00',
      deletion_date: '2026-01-01',
      sent_as_new: [pass, { ...pass, before: '2026-02-01 00:00:00.000000' }],
    };
    await run({ modes: ['new'] });
    const { sent_as_new } = checkpoint.document as { sent_as_new: { before: string }[] };
    expect(sent_as_new.map(({ before }) => before)).toEqual([
      '2026-02-01 00:00:00.000000',
      '2026-03-01 11:59:00.000000',
    ]);
  });

  it('is a dry run without sending, saving or holding the lease', async () => {
    const lease = { acquire: async () => Promise.reject(new Error('held')) } as unknown as PollPorts['lease'];
    const { run, sink, checkpoint, source, lines } = pollBench(patrons(7), { lease });
    const report = await run({ dryRun: true });
    expect(report).toMatchObject({ outcome: 'dry_run', error: null });
    expect(report.modes.map(({ books, sentAsNew }) => [books.read, books.written, sentAsNew])).toEqual([
      [7, 7, 0],
      [7, 0, 7],
      [0, 0, 0],
    ]);
    expect([sink.batches, checkpoint.saved]).toEqual([[], []]);
    expect(lines.map(({ message }) => message).filter((message) => /batch/i.test(message))).toContain(
      'Made a batch.',
    );
    expect(lines.map(({ message }) => message).join()).not.toMatch(/sent/i);
    expect(source.pages).not.toHaveLength(0);
  });

  it('that fails in a dry run does not say that records were sent before that', async () => {
    const { run, lines, source } = pollBench(patrons(7));
    const read = source.active;
    source.active = async (mode, page, signal) => {
      if (source.pages.length > 1) throw new PatronflowError('SOURCE_LOGIN', 'No.');
      return read(mode, page, signal);
    };
    const report = await run({ dryRun: true });
    expect(report).toMatchObject({ outcome: 'failed', isDryRun: true });
    expect(report.modes[0]?.books.written).toBeGreaterThan(0);
    const said = [pollText(report), ...lines.map(({ message }) => message)].join('\n');
    expect(said).toMatch(/Dry run: \d records were made before that, and nothing was sent\./);
    expect(said.replace('nothing was sent', '')).not.toMatch(/\bsent\b/i);
  });

  it('without a checkpoint starts at the configured times every time', async () => {
    const { run, sent, checkpoint } = pollBench(patrons(1), { checkpoint: null });
    await run();
    await run();
    expect(sent()).toEqual([[1], [1]]);
    expect(checkpoint.saved).toEqual([]);
  });

  it('without a sink makes the records, and the checkpoint moves all the same', async () => {
    const { run, checkpoint } = pollBench(patrons(1), { sinks: [] });
    const report = await run();
    expect(report).toMatchObject({
      isDiscarding: true,
      destinations: [],
      modes: [{ books: { written: 1 } }, {}, {}],
    });
    expect(checkpoint.document).toMatchObject({ creation_dt: '2026-01-05T07:00:00-05:00' });
  });

  it('goes through a state that the original wrote', async () => {
    // The deletion of the last one was sent before, so that no other pass will send the patron.
    const deleted = sierraPatron(4, { deletedOn: '2026-02-10' });
    const { run, sent, checkpoint } = pollBench([...patrons(3), deleted]);
    checkpoint.document = {
      creation_dt: '2026-01-05T07:00:00-05:00',
      update_dt: '2026-01-06T07:00:00-05:00',
      deletion_date: '2026-02-28',
    };
    await run({ pageSize: each(4) });
    expect(sent()).toEqual([[1, 2, 3, 4]]);
  });
});
