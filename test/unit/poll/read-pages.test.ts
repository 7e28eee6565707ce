import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import type { PollJob } from '../../../src/poll/job.ts';
import type { PatronMode } from '../../../src/poll/ports.ts';
import { type Page, readPages } from '../../../src/poll/read-pages.ts';
import { failureOf } from '../support/fixtures.ts';
import { mainStreet, memorySierra, sierraPatron } from '../support/memory-sierra.ts';
import { each, memoryLog, pollJob, pollPorts } from '../support/poll-ports.ts';

const { signal } = new AbortController();
const window = { after: { at: '2026-01-01', id: '' }, before: '2026-03-01' };
const idsOf = (page: Page) =>
  page.kind === 'deleted' ? page.patrons.map(({ id }) => id) : [...new Set(page.rows.map(({ id }) => id))];

async function pagesOf(
  source: ReturnType<typeof memorySierra>,
  change: Partial<PollJob> = {},
  mode: PatronMode = 'updated',
) {
  const pages: Page[] = [];
  for await (const page of readPages(mode, window, pollJob(change), pollPorts({ source }), signal))
    pages.push(page);
  return pages;
}

/** Patrons that all share one time, each with two addresses. */
const atOnce = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    sierraPatron(index + 1, { addresses: [mainStreet, mainStreet], deletedOn: '2026-02-01' }),
  );

describe('the pages of a mode', () => {
  it.each<PatronMode>(['new', 'updated', 'deleted'])(
    'go on behind the last patron, however many share its time: %s',
    async (mode) => {
      const source = memorySierra(atOnce(25));
      const pages = await pagesOf(source, { pageSize: each(10) }, mode);
      expect(pages.map((page) => idsOf(page).length)).toEqual([10, 10, 5]);
      expect(new Set(pages.flatMap(idsOf)).size).toBe(25);
      expect(pages.map(({ isLast }) => isLast)).toEqual([false, false, true]);
      expect(pages.map(({ through }) => through.id)).toEqual(['10', '20', '25']);
      expect(source.pages).toHaveLength(3);
    },
  );

  it('have the rows of all addresses, and count patrons, not rows', async () => {
    const [page] = await pagesOf(memorySierra(atOnce(2)), { pageSize: each(3) });
    expect(page).toMatchObject({ kind: 'active', isLast: true });
    expect(page?.kind === 'active' && page.rows).toHaveLength(4);
  });

  it('end with an empty one when the last was full', async () => {
    const source = memorySierra(atOnce(4));
    expect((await pagesOf(source, { pageSize: each(2) })).map(({ isLast }) => isLast)).toEqual([
      false,
      false,
    ]);
    expect(source.pages.map(({ patrons }) => patrons)).toEqual([2, 2, 0]);
  });

  it('are none when there are no patrons', async () => {
    expect(await pagesOf(memorySierra())).toEqual([]);
  });

  it('end when the most patrons were read, the last page being as small as need be', async () => {
    const source = memorySierra(atOnce(25));
    const pages = await pagesOf(source, { pageSize: each(10), maxPatrons: each(12) });
    expect(pages.flatMap(idsOf)).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)));
    expect(source.pages.map(({ request }) => request.limit)).toEqual([10, 2]);
  });

  it('are read when they are asked for, not before', async () => {
    const source = memorySierra(atOnce(25));
    const pages = readPages('new', window, pollJob(), pollPorts({ source }), signal);
    await pages.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.pages).toHaveLength(1);
    await pages.return(undefined);
    expect(source.pages).toHaveLength(1);
  });

  it('are asked for by window and position', async () => {
    const source = memorySierra(atOnce(4));
    await pagesOf(source, {}, 'deleted');
    expect(source.pages.map(({ mode, request }) => ({ mode, ...request }))).toEqual([
      { mode: 'deleted', ...window, limit: 3 },
      { mode: 'deleted', after: { at: '2026-02-01', id: '3' }, before: '2026-03-01', limit: 3 },
    ]);
  });
});

describe('a page that fails', () => {
  const lost = (times: number, code: 'SOURCE_LOST' | 'SOURCE_QUERY') => {
    let left = times;
    const source = memorySierra(atOnce(7));
    source.onPage = (number) => {
      if (number === 2 && left-- > 0) throw new PatronflowError(code, 'Gone.');
    };
    return source;
  };

  it('is read again from the same place, and the log says so', async () => {
    const { log, lines } = memoryLog();
    const source = lost(1, 'SOURCE_LOST');
    const pages: Page[] = [];
    for await (const page of readPages('new', window, pollJob(), pollPorts({ source, log }), signal))
      pages.push(page);
    expect(pages.flatMap(idsOf)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(lines).toEqual([
      { level: 'warn', message: 'Gone. Retrying the page.', facts: { mode: 'new', attempt: 1 } },
    ]);
  });

  it('ends the pages when it fails too often, or for good', async () => {
    expect(await failureOf(() => pagesOf(lost(2, 'SOURCE_LOST')))).toMatchObject({ code: 'SOURCE_LOST' });
    expect(await failureOf(() => pagesOf(lost(1, 'SOURCE_QUERY')))).toMatchObject({ code: 'SOURCE_QUERY' });
  });
});
