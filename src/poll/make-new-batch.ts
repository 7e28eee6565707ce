import { type Batch, encodeAll } from './batch.ts';
import { isLeftToDeleted } from './cursor.ts';
import { countOrigins, findTracts, shareFound } from './find-tracts.ts';
import { firstRows } from './first-rows.ts';
import type { BatchContext } from './job.ts';
import { findPatrons } from './look-up-known.ts';
import { addressText, idOf, recordOf, withKnownFirst } from './make-patron-info.ts';
import type { PatronInfo, PatronRow, Position } from './ports.ts';
import { noShares } from './watched-shares.ts';

/**
 * Makes the records of patrons that were created. One that was sent before (a back-fill, `--since`, a lost checkpoint)
 * keeps the first home library, and the tract of an address that is still the same.
 * @param deleted how far deleted patrons were sent: those deleted later are left to that pass
 */
export async function makeNewBatch(
  rows: readonly PatronRow[],
  deleted: Position,
  context: BatchContext,
): Promise<Batch> {
  const { job, ports, signal } = context;
  const patrons = firstRows(rows);
  const wanted = patrons.filter((row) => !isLeftToDeleted(row, deleted, job.modes));
  const [addressHashes, patronIds] = await Promise.all([
    ports.obfuscator.obfuscate(wanted.map(addressText), signal),
    ports.obfuscator.obfuscate(wanted.map(idOf), signal),
  ]);
  const hashed = wanted.flatMap((row, index) => {
    const addressHash = addressHashes[index] ?? null;
    const patronId = patronIds[index] ?? null;
    return addressHash === null || patronId === null ? [] : [{ row, addressHash, patronId }];
  });
  const known = await findPatrons(
    hashed.map(({ patronId }) => patronId),
    context,
  );
  const questions = hashed.map(({ row, addressHash, patronId }) => {
    const before = known.get(patronId);
    const isKept = row.deletedOn !== null && (before?.address_hash ?? null) !== null;
    const isSame = isKept || before?.address_hash === addressHash;
    const isWhole = ports.obfuscator.covers(addressText(row));
    return { row, knownTract: isSame ? (before?.geoid ?? null) : null, isKnown: isSame, isWhole };
  });
  const tracts = await findTracts(questions, context);
  const infos = hashed.map(({ row, addressHash, patronId }, index): PatronInfo => {
    const before = known.get(patronId);
    const geoid = tracts[index]?.geoid ?? null;
    const initialHomeLibrary = firstLibrary(row, before);
    const record = recordOf(row, { patronId, addressHash, geoid, initialHomeLibrary }, job.postalCode);
    return row.deletedOn === null ? record : withKnownFirst(record, row, before);
  });
  return {
    ...encodeAll(infos, wanted.length - hashed.length, ports),
    read: patrons.length,
    leftOut: { sentAsNew: 0, leftToDeleted: patrons.length - wanted.length },
    known: known.size,
    tracts: countOrigins(tracts),
    unknownInitialLibraries: 0,
    // How many are known says nothing of patrons that were created a moment ago.
    shares: { ...noShares, found: shareFound(questions, tracts) },
  };
}

/**
 * Of a patron who was sent before, the first library is the one of that time, also where there was none. A record
 * without an address is that of a deletion alone, and says nothing.
 */
function firstLibrary({ homeLibrary }: PatronRow, known: PatronInfo | undefined): string | null {
  const first = known?.initial_patron_home_library_code ?? null;
  return first === null && (known?.address_hash ?? null) === null ? homeLibrary : first;
}
