import type { DeletedPatron, PageRequest, PatronRow } from '../../src/poll/ports.ts';

/** A window that holds every patron of a test. */
export const everything: PageRequest = {
  after: { at: '2000-01-01 00:00:00.000000', id: '' },
  before: '2100-01-01 00:00:00.000000',
  limit: 1000,
};
export const everyDay: PageRequest = {
  ...everything,
  after: { at: '2000-01-01', id: '' },
  before: '2100-01-01',
};

/** All pages of a window, each begun behind the last row of the one before. */
export async function pagesOf<Row extends PatronRow | DeletedPatron>(
  window: PageRequest,
  read: (page: PageRequest) => Promise<readonly Row[]>,
): Promise<(readonly Row[])[]> {
  const pages: (readonly Row[])[] = [];
  for (let { after } = window; ; ) {
    const rows = await read({ ...window, after });
    const last = rows.at(-1);
    if (!last) return pages;
    pages.push(rows);
    if (pages.length > 100) throw new Error('the pages do not end');
    after = { at: last.at, id: last.id };
  }
}
