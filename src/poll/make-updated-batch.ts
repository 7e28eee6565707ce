import { type Batch, encodeAll } from './batch.ts';
import { isLeftToDeleted, type SentAsNew, wasSentAsNew } from './cursor.ts';
import { countOrigins, findTracts, shareFound } from './find-tracts.ts';
import type { BatchContext } from './job.ts';
import { latestRows } from './latest-row.ts';
import { makeDeletedRecords } from './make-deleted-batch.ts';
import { findKnownAddresses, findPatrons } from './match-known.ts';
import { addressText, idOf, recordOf } from './patron-record.ts';
import type { PatronInfo, PatronRow, Position } from './ports.ts';
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
  const patrons = latestRows(rows);
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

async function makeAliveRecords(wanted: readonly PatronRow[], context: BatchContext) {
  const { job, ports, signal } = context;
  const hashes = await ports.obfuscator.obfuscate(wanted.map(addressText), signal);
  const hashed = wanted.flatMap((row, index) => {
    const addressHash = hashes[index] ?? null;
    return addressHash === null ? [] : [{ row, addressHash }];
  });
  const addresses = await findKnownAddresses(
    hashed.map(({ addressHash }) => addressHash),
    context,
  );
  const drafts = hashed.map((each) => ({ ...each, before: addresses.get(each.addressHash) }));
  const unknown = drafts.filter(({ before }) => !before).map(({ row }) => row);
  const questions = drafts.map(({ row, before }) => ({
    row,
    knownTract: before?.geoid ?? null,
    isKnown: before !== undefined,
    isWhole: ports.obfuscator.covers(addressText(row)),
  }));
  const [patronIds, tracts] = await Promise.all([
    ports.obfuscator.obfuscate(unknown.map(idOf), signal),
    findTracts(questions, context),
  ]);
  const idByRow = new Map(unknown.map((row, index) => [row, patronIds[index] ?? null]));
  const identified = drafts.flatMap(({ row, addressHash, before }, index) => {
    const patronId = before?.patronId ?? idByRow.get(row) ?? null;
    const geoid = tracts[index]?.geoid ?? null;
    return patronId === null
      ? []
      : [
          {
            row,
            patronId,
            addressHash,
            geoid,
            isKnown: before !== undefined,
            first: before?.initialHomeLibrary,
          },
        ];
  });
  const withoutFirst = identified.filter(({ first }) => (first ?? null) === null);
  const patrons = await findPatrons(
    withoutFirst.map(({ patronId }) => patronId),
    context,
  );
  const infos = identified.map(({ row, first, ...parts }): PatronInfo => {
    const initialHomeLibrary = first ?? patrons.get(parts.patronId)?.initial_patron_home_library_code ?? null;
    return recordOf(row, { ...parts, initialHomeLibrary }, job.postalCode);
  });
  return {
    infos,
    tooLong: wanted.length - identified.length,
    known: drafts.length - unknown.length,
    tracts: countOrigins(tracts),
    // Where the warehouse has a record without one there is none to be known.
    unknownInitialLibraries: ports.warehouse
      ? withoutFirst.filter(({ patronId, isKnown }) => !isKnown && !patrons.has(patronId)).length
      : 0,
    shares: {
      known: ports.warehouse ? { hits: drafts.length - unknown.length, of: drafts.length } : noShares.known,
      found: shareFound(questions, tracts),
    },
  };
}
