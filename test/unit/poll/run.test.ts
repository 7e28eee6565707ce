import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { createEncoder } from '../../../src/poll/encode-patron-info.ts';
import type { PatronMode } from '../../../src/poll/ports.ts';
import { pollText } from '../../../src/report/poll-text.ts';
import { mainStreet, sierraPatron } from '../support/memory-sierra.ts';
import { patrons, pollBench } from '../support/poll-bench.ts';
import {
  each,
  type MemorySink,
  memoryCheckpoint,
  memorySink,
  memoryWarehouse,
  plainObfuscator,
  schema,
} from '../support/poll-ports.ts';

describe('a run', () => {
  it('sends new, updated and deleted patrons in this order, and tells what became of each', async () => {
    const warehouse = memoryWarehouse();
    const { run, sink, checkpoint } = pollBench(
      [
        sierraPatron(1),
        sierraPatron(2, { createdAt: null, updatedAt: '2026-01-07 12:00:00.000000' }),
        sierraPatron(3, { deletedOn: '2026-01-08' }),
      ],
      { warehouse },
    );
    const report = await run();
    expect(sink.batches.map((batch) => batch.map((info) => [info.patron_id, info.deletion_date_et]))).toEqual(
      [[['#1', null]], [['#2', null]], [['#3', '2026-01-08']]],
    );
    expect(report).toMatchObject({
      outcome: 'sent',
      isDiscarding: false,
      destinations: ['sink'],
      error: null,
    });
    expect(
      report.modes.map(({ mode, books, sentAsNew, leftToDeleted, isComplete }) => [
        mode,
        books.read,
        books.written,
        sentAsNew,
        leftToDeleted,
        isComplete,
      ]),
    ).toEqual([
      ['new', 2, 1, 0, 1, true],
      ['updated', 3, 1, 1, 1, true],
      ['deleted', 1, 1, 0, 0, true],
    ]);
    expect(checkpoint.document).toEqual({
      creation_dt: '2026-01-05T07:00:00-05:00',
      update_dt: '2026-01-07T07:00:00-05:00',
      deletion_date: '2026-01-08',
      ids: {
        creation_dt: { at: '2026-01-05T07:00:00-05:00', id: '3' },
        update_dt: { at: '2026-01-07T07:00:00-05:00', id: '2' },
        deletion_date: { at: '2026-01-08', id: '3' },
      },
      sent_as_new: [],
      key_fingerprint: '#patronflow: fin',
      shares: {
        known: { last: null, current: { hits: 0, of: 1 } },
        found: { last: null, current: { hits: 2, of: 2 } },
      },
      without_dates: 0,
      crowds: null,
    });
    expect(report.crowds).toMatchObject({ records: 2, alone: 2, few: 2 });
    expect(report.batches.map(({ mode, read, sent }) => [mode, read, sent])).toEqual([
      ['new', 2, 1],
      ['updated', 3, 1],
      ['deleted', 1, 1],
    ]);
  });

  it.each([
    ['with equal times and two addresses each', 25, 10, 3],
    ['of which a page is full exactly', 20, 10, 2],
  ])('sends all patrons %s, each once, however small the pages', async (_, count, page, batches) => {
    const { run, sent } = pollBench(patrons(count, { addresses: [mainStreet, mainStreet] }));
    expect((await run({ pageSize: each(page) })).outcome).toBe('sent');
    expect(sent()).toHaveLength(batches);
    expect(sent().flat()).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('goes on after a page of updated patrons that all went out as new', async () => {
    const old = patrons(5).map((patron, index) => ({
      ...patron,
      id: String(100 + index),
      createdAt: '2019-01-01 00:00:00.000000',
      updatedAt: '2026-01-06 00:00:00.000000',
    }));
    const { run, sent } = pollBench([...patrons(30), ...old]);
    const [, updated] = (await run({ pageSize: each(10) })).modes;
    expect(updated).toMatchObject({ sentAsNew: 30, books: { read: 35, written: 5 } });
    expect(sent().at(-1)).toEqual([100, 101, 102, 103, 104]);
  });

  it('sends the deletions of a day once, however many there are', async () => {
    const { run, sent } = pollBench(patrons(50, { createdAt: null, deletedOn: '2026-02-01' }));
    await run({ pageSize: each(10) });
    expect(sent().flat()).toHaveLength(50);
    await run({ pageSize: each(10), now: new Date('2026-03-02T12:00:00Z') });
    expect(sent().flat()).toHaveLength(50);
  });

  it('leaves to the next one what is too fresh, and deletions until their day is over', async () => {
    const { run, source, sent } = pollBench([
      sierraPatron(1, { createdAt: '2026-03-01 11:58:59.999999' }),
      sierraPatron(2, { createdAt: '2026-03-01 11:59:00.000000' }),
      sierraPatron(3, { createdAt: null, updatedAt: '2026-03-01 11:59:00.000000' }),
      sierraPatron(4, { createdAt: null, deletedOn: '2026-03-01' }),
    ]);
    await run();
    expect(sent().flat()).toEqual([1]);
    // The day that counts is that of the window's end.
    source.now = new Date('2026-03-02T00:00:30Z');
    await run({ now: source.now });
    expect(sent().flat()).toEqual([1, 2, 3]);
    source.now = new Date('2026-03-02T00:01:00Z');
    await run({ now: source.now });
    expect(sent().flat()).toEqual([1, 2, 3, 4]);
  });

  it('sends each batch to every sink before it saves', async () => {
    const order: string[] = [];
    const sinks = ['a', 'b'].map((name) => {
      const sink = memorySink(name);
      sink.after = () => void order.push(name);
      return sink;
    });
    const checkpoint = memoryCheckpoint();
    checkpoint.before = () => void order.push('save');
    const { run } = pollBench(patrons(4), { sinks, checkpoint });
    await run({ modes: ['new'] });
    expect(order).toEqual(['a', 'b', 'save', 'a', 'b', 'save']);
  });

  it('asks all sinks before anything is read or asked, and sends nothing when one refuses', async () => {
    const [first, second] = [memorySink('first'), memorySink('second')];
    const refusing = {
      ...second,
      open: async () => {
        throw new PatronflowError('RECORDS_REFUSED', 'No such table.', { hint: 'Make it.' });
      },
    };
    for (const dryRun of [false, true]) {
      const { run, source, checkpoint } = pollBench(patrons(3), { sinks: [first, refusing] });
      const report = await run({ dryRun });
      expect(report).toMatchObject({ error: { code: 'RECORDS_REFUSED' }, underWay: null });
      expect([source.pages, first.batches, checkpoint.saved]).toEqual([[], [], []]);
    }
  });

  it('tells which sinks have a batch that a later one refused', async () => {
    const sinks = ['a', 'b', 'c'].map((name) => memorySink(name));
    (sinks[1] as MemorySink).before = () => {
      throw new PatronflowError('RECORDS_REFUSED', 'No.', { hint: 'Look.' });
    };
    const { run } = pollBench(patrons(3), { sinks });
    const report = await run();
    expect(report.underWay).toEqual({ mode: 'new', records: 3, reached: ['a'], unsure: 'b' });
    expect(pollText(report)).toContain(
      'FAILED. A batch of 3 records was under way: a has it, b may have a part, and the next run sends it again; the checkpoint says how far the run got.',
    );
  });

  it('tells its progress in patrons read', async () => {
    const seen: [string, number][] = [];
    const { run } = pollBench(patrons(4), {
      onProgress: (mode: string, read: number) => seen.push([mode, read]),
    });
    await run({ modes: ['new' satisfies PatronMode] });
    expect(seen).toEqual([
      ['new', 3],
      ['new', 4],
    ]);
  });
});

describe('rejected patrons', () => {
  it('are counted with their reason, and the others go', async () => {
    const { run, sent } = pollBench(
      [...patrons(2), sierraPatron(3, { pcode3: 2 ** 40 }), sierraPatron('9'.repeat(30))],
      {
        obfuscator: plainObfuscator(55),
        encoder: createEncoder(schema, 'x'),
      },
    );
    const [fresh] = (await run()).modes;
    expect(fresh?.books).toMatchObject({
      read: 4,
      written: 2,
      rejected: 2,
      reasons: { too_long_to_hash: 1, refused_by_schema: 1 },
    });
    expect(sent()).toEqual([[1, 2]]);
  });
});

describe('a run that fails', () => {
  it('is reported like any other, with what it had sent before', async () => {
    const { run, sink, checkpoint, lines } = pollBench(patrons(7));
    sink.before = (call) => {
      if (call === 2) throw new PatronflowError('RECORDS_REFUSED', 'No.', { hint: 'Look.' });
    };
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'RECORDS_REFUSED', hint: 'Look.' } });
    expect(report.modes).toMatchObject([{ mode: 'new', isComplete: false, books: { read: 3, written: 3 } }]);
    expect(checkpoint.saved).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});
