import { type Batch, encodeAll } from './batch.ts';
import { isLeftToDeleted, type SentAsNew, wasSentAsNew } from './cursor.ts';
import { countOrigins, findTracts, shareFound } from './find-tracts.ts';
import { firstRows } from './first-rows.ts';
import type { BatchContext } from './job.ts';
import { findKnownAddresses, findPatrons } from './look-up-known.ts';
import { makeDeletedRecords } from './make-deleted-batch.ts';
import { addressText, idOf, recordOf } from './make-patron-info.ts';
import type { KnownAddress, PatronInfo, PatronRow, Position } from './ports.ts';
import { noShares } from './watched-shares.ts';

/** What went out with other passes, or will. */
export interface OtherPasses {
  /** How far deleted patrons were sent: those deleted later are left to that pass. */
  readonly deleted: Position;
  readonly sentAsNew: readonly SentAsNew[];
}

/**
 * Makes the records of patrons that were updated: an address that the warehouse knows keeps its tract, any other
 * is geocoded, and so is one that had none the last time.
 *
 * A deletion may be dated back to a day that was sent already. No other pass comes to it, so it goes out with this one.
 */
export async function makeUpdatedBatch(
  rows: readonly PatronRow[],
  { deleted, sentAsNew }: OtherPasses,
  context: BatchContext,
): Promise<Batch> {
  const { job, ports } = context;
  const patrons = firstRows(rows);
  const here = patrons.filter((row) => !isLeftToDeleted(row, deleted, job.modes));
  const wanted = here.filter((row) => !wasSentAsNew(row, sentAsNew));
  const alive = await makeAliveRecords(
    wanted.filter(({ deletedOn }) => deletedOn === null),
    context,
  );
  const gone = await makeDeletedRecords(
    wanted.flatMap(({ id, deletedOn, createdOn }) =>
      deletedOn === null ? [] : [{ id, at: deletedOn, createdOn }],
    ),
    context,
  );
  return {
    ...encodeAll([...alive.infos, ...gone.infos], alive.tooLong + gone.tooLong, ports),
    read: patrons.length,
    leftOut: { sentAsNew: here.length - wanted.length, leftToDeleted: patrons.length - here.length },
    known: alive.known + gone.known,
    tracts: alive.tracts,
    shares: alive.shares,
    unknownInitialLibraries: alive.unknownInitialLibraries,
  };
}

/** A patron whose address could be hashed, and what the warehouse knows of that address. */
interface Draft {
  readonly row: PatronRow;
  readonly addressHash: string;
  readonly before: KnownAddress | undefined;
}

/** A draft with all that goes into its record but the first home library of those that the warehouse knows without. */
interface Identified extends Omit<Draft, 'before'> {
  readonly patronId: string;
  readonly geoid: string | null;
  readonly isKnown: boolean;
  readonly first: string | null;
}

async function makeAliveRecords(wanted: readonly PatronRow[], context: BatchContext) {
  const { ports } = context;
  const drafts = await makeDrafts(wanted, context);
  const questions = drafts.map(({ row, before }) => ({
    row,
    knownTract: before?.geoid ?? null,
    isKnown: before !== undefined,
    isWhole: ports.obfuscator.covers(addressText(row)),
  }));
  const [patronIds, tracts] = await Promise.all([
    makePatronIds(drafts, context),
    findTracts(questions, context),
  ]);
  const identified = drafts.flatMap(({ row, addressHash, before }, index): Identified[] => {
    const patronId = patronIds[index] ?? null;
    if (patronId === null) return [];
    const geoid = tracts[index]?.geoid ?? null;
    const first = before?.initialHomeLibrary ?? null;
    return [{ row, patronId, addressHash, geoid, isKnown: before !== undefined, first }];
  });
  const { infos, unknownInitialLibraries } = await makeInfos(identified, context);
  const known = drafts.filter(({ before }) => before !== undefined).length;
  return {
    infos,
    tooLong: wanted.length - identified.length,
    known,
    tracts: countOrigins(tracts),
    unknownInitialLibraries,
    shares: {
      known: ports.warehouse ? { hits: known, of: drafts.length } : noShares.known,
      found: shareFound(questions, tracts),
    },
  };
}

async function makeDrafts(wanted: readonly PatronRow[], context: BatchContext): Promise<readonly Draft[]> {
  const hashes = await context.ports.obfuscator.obfuscate(wanted.map(addressText), context.signal);
  const hashed = wanted.flatMap((row, index) => {
    const addressHash = hashes[index] ?? null;
    return addressHash === null ? [] : [{ row, addressHash }];
  });
  const addresses = await findKnownAddresses(
    hashed.map(({ addressHash }) => addressHash),
    context,
  );
  return hashed.map((each) => ({ ...each, before: addresses.get(each.addressHash) }));
}

/** The ids of all drafts: those that the warehouse has, and others made here; null for one that is too long. */
async function makePatronIds(
  drafts: readonly Draft[],
  { ports, signal }: BatchContext,
): Promise<readonly (string | null)[]> {
  const unknown = drafts.filter(({ before }) => !before).map(({ row }) => row);
  const made = await ports.obfuscator.obfuscate(unknown.map(idOf), signal);
  const idByRow = new Map(unknown.map((row, index) => [row, made[index] ?? null]));
  return drafts.map(({ row, before }) => before?.patronId ?? idByRow.get(row) ?? null);
}

async function makeInfos(identified: readonly Identified[], context: BatchContext) {
  const { job, ports } = context;
  const withoutFirst = identified.filter(({ first }) => first === null);
  const patrons = await findPatrons(
    withoutFirst.map(({ patronId }) => patronId),
    context,
  );
  const infos = identified.map(({ row, first, ...parts }): PatronInfo => {
    const initialHomeLibrary = first ?? patrons.get(parts.patronId)?.initial_patron_home_library_code ?? null;
    return recordOf(row, { ...parts, initialHomeLibrary }, job.postalCode);
  });
  // Where the warehouse has a record without one there is none to be known.
  const unknownInitialLibraries = ports.warehouse
    ? withoutFirst.filter(({ patronId, isKnown }) => !isKnown && !patrons.has(patronId)).length
    : 0;
  return { infos, unknownInitialLibraries };
}
