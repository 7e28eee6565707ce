import { retry } from '../core/retry.ts';
import type { PollJob, PollPorts } from './job.ts';
import type { DeletedPatron, PatronMode, PatronRow, Position } from './ports.ts';

/** Patrons of one page; active ones with all their addresses. */
export type Page = {
  /** The last patron of the page. */
  readonly through: Position;
  /** Nothing is left in the window behind this page. */
  readonly isLast: boolean;
} & (
  | { readonly kind: 'active'; readonly rows: readonly PatronRow[] }
  | { readonly kind: 'deleted'; readonly patrons: readonly DeletedPatron[] }
);

/**
 * The pages of a mode, each read when it is asked for. The next one begins behind the last patron of the one before,
 * so that any number of patrons may share a time, and none is read twice.
 */
export async function* readPages(
  mode: PatronMode,
  window: { readonly after: Position; readonly before: string },
  job: PollJob,
  ports: PollPorts,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let { after } = window;
  for (let left = job.maxPatrons[mode]; left > 0; ) {
    const limit = Math.min(left, job.pageSize[mode]);
    const page = await retry(
      job.persistentRetry,
      () => readPage(mode, { after, before: window.before, limit }, ports, signal),
      (error, attempt) => ports.log.warn(`${error.message} Retrying the page.`, { mode, attempt }),
      signal,
    );
    if (page === null) return;
    yield page;
    if (page.isLast) return;
    after = page.through;
    left -= limit;
  }
}

async function readPage(
  mode: PatronMode,
  request: { after: Position; before: string; limit: number },
  { source }: PollPorts,
  signal: AbortSignal,
): Promise<Page | null> {
  if (mode === 'deleted') {
    const patrons = await source.deleted(request, signal);
    const last = patrons.at(-1);
    if (!last) return null;
    const isLast = patrons.length < request.limit;
    return { kind: 'deleted', patrons, through: { at: last.at, id: last.id }, isLast };
  }
  const rows = await source.active(mode, request, signal);
  const last = rows.at(-1);
  if (!last) return null;
  const isLast = new Set(rows.map(({ id }) => id)).size < request.limit;
  return { kind: 'active', rows, through: { at: last.at, id: last.id }, isLast };
}
