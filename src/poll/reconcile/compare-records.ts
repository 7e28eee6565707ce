import type { Instant } from '../../core/instant.ts';
import { retry } from '../../core/retry.ts';
import { type Cursors, comparePositions } from '../cursor.ts';
import { firstRows } from '../first-rows.ts';
import type { PollJob, PollPorts } from '../job.ts';
import { findPatrons } from '../look-up-known.ts';
import { makeNewBatch } from '../make-new-batch.ts';
import { addressText, idOf, recordOf, withKnownFirst } from '../make-patron-info.ts';
import type { PatronInfo, PatronRow, Position } from '../ports.ts';

/** What a comparison patron by patron found. */
export interface ComparedRecords {
  /** Patrons that were compared. */
  compared: number;
  /** Patrons who changed after the checkpoint: the next poll sends them. */
  waiting: number;
  missing: number;
  /** Patrons whose record in the warehouse is not what would be sent now. */
  stale: number;
  /** By field, how many records differ in it. */
  readonly differing: Partial<Record<keyof PatronInfo, number>>;
  /** Patrons whose address is too long for the configured hashing. They are never sent. */
  tooLongToHash: number;
  /** Patrons of the warehouse that Sierra does not have; null where only some patrons were compared. */
  tooMany: number | null;
  sentAgain: number;
}

export interface RecordsPorts extends PollPorts {
  readonly warehouse: NonNullable<PollPorts['warehouse']>;
}

/** Patrons of a page. Each is one question to the warehouse. */
const pagePatrons = 1000;

/** Geocoders find other tracts from year to year, and the first library is the warehouse's own; neither makes a record stale. */
const settled: ReadonlySet<keyof PatronInfo> = new Set([
  'patron_id',
  'geoid',
  'initial_patron_home_library_code',
]);

/**
 * Compares the record of each patron, by the obfuscated id, with what would be sent now. Without `since` all patrons go by, by id;
 * with it, those that changed since then. Writes nothing unless `isRepaired`: then what is missing or stale is sent again, complete.
 * @param state how far the polls have come; what changed later is theirs
 * @param end up to when all is settled in Sierra
 */
export async function compareRecords(
  job: PollJob,
  ports: RecordsPorts,
  state: Cursors,
  end: Instant,
  isRepaired: boolean,
  signal: AbortSignal,
): Promise<ComparedRecords> {
  const found: ComparedRecords = {
    ...{ compared: 0, waiting: 0, missing: 0, stale: 0, differing: {}, tooLongToHash: 0 },
    ...{ tooMany: null, sentAgain: 0 },
  };
  // Before anything is hashed for hours.
  if (isRepaired)
    for (const sink of ports.sinks) await retry(job.retry, () => sink.open(false, signal), undefined, signal);
  let matched = 0;
  for await (const rows of pagesOf(job, ports, end, signal)) {
    signal.throwIfAborted();
    const page = await comparePage(rows, state, { job, ports, signal }, found);
    matched += page.matched;
    if (isRepaired && page.wrong.length > 0)
      found.sentAgain += await sendAgain(page.wrong, { job, ports, signal });
    ports.onProgress?.('compared', found.compared);
  }
  if (job.since === null) {
    const count = () => ports.warehouse.countPatrons(signal);
    found.tooMany = (await retry(job.persistentRetry, count, undefined, signal)) - matched;
  }
  return found;
}

/** One row for each patron. */
async function* pagesOf(
  job: PollJob,
  { source }: RecordsPorts,
  end: Instant,
  signal: AbortSignal,
): AsyncGenerator<PatronRow[]> {
  let after: Position = { at: job.since ?? '', id: '' };
  const ask = () =>
    job.since === null
      ? source.inRange({ after: after.id, through: lastId, before: end, limit: pagePatrons }, signal)
      : source.active('updated', { after, before: end, limit: pagePatrons }, signal);
  for (;;) {
    const rows = await retry(job.persistentRetry, ask, undefined, signal);
    const last = rows.at(-1);
    if (!last) return;
    yield firstRows(rows);
    after = { at: last.at, id: last.id };
  }
}

/** The last id that PostgreSQL's bigint holds. */
const lastId = '9223372036854775807';

/** Whether a patron was created, changed or deleted after what the polls have sent. */
function isStillToCome({ id, createdAt, updatedAt, deletedOn }: PatronRow, state: Cursors): boolean {
  const isBehind = (at: string | null, cursor: Position) =>
    at !== null && comparePositions({ at, id }, cursor) > 0;
  return (
    isBehind(createdAt, state.new) || isBehind(updatedAt, state.updated) || isBehind(deletedOn, state.deleted)
  );
}

interface PageContext {
  readonly job: PollJob;
  readonly ports: RecordsPorts;
  readonly signal: AbortSignal;
}

/** @returns the rows whose records are missing or stale, and how many patrons the warehouse knows at all */
async function comparePage(
  rows: readonly PatronRow[],
  state: Cursors,
  context: PageContext,
  found: ComparedRecords,
): Promise<{ wrong: PatronRow[]; matched: number }> {
  const { job, ports, signal } = context;
  const [ids, addresses] = await Promise.all([
    ports.obfuscator.obfuscate(rows.map(idOf), signal),
    ports.obfuscator.obfuscate(rows.map(addressText), signal),
  ]);
  const known = await findPatrons(
    ids.filter((id) => id !== null),
    context,
  );
  const fields = ports.encoder.fields.filter((field) => !settled.has(field));
  const wrong = rows.filter((row, index) => {
    const patronId = ids[index] ?? null;
    const addressHash = addresses[index] ?? null;
    if (isStillToCome(row, state)) {
      found.waiting += 1;
      return false;
    }
    if (patronId === null || addressHash === null) {
      found.tooLongToHash += 1;
      return false;
    }
    found.compared += 1;
    const before = known.get(patronId);
    if (!before) {
      found.missing += 1;
      return true;
    }
    const { geoid, initial_patron_home_library_code: initialHomeLibrary } = before;
    const record = recordOf(row, { patronId, addressHash, geoid, initialHomeLibrary }, job.postalCode);
    const now = row.deletedOn === null ? record : withKnownFirst(record, row, before);
    const differing = fields.filter((field) => now[field] !== before[field]);
    for (const field of differing) found.differing[field] = (found.differing[field] ?? 0) + 1;
    if (differing.length > 0) found.stale += 1;
    return differing.length > 0;
  });
  return { wrong, matched: known.size };
}

async function sendAgain(rows: readonly PatronRow[], { job, ports, signal }: PageContext): Promise<number> {
  // All modes are over for these patrons, so none is left to another pass.
  const ofRows: PollJob = { ...job, modes: ['new'] };
  const batch = await makeNewBatch(rows, job.start.deleted, { job: ofRows, ports, signal });
  for (const sink of ports.sinks) await sink.write(batch.records);
  return batch.records.length;
}
