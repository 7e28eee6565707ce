import { type Batch, encodeAll } from './batch.ts';
import { countOrigins } from './find-tracts.ts';
import type { BatchContext } from './job.ts';
import { findPatrons } from './look-up-known.ts';
import { idOf, recordOfDeleted } from './make-patron-info.ts';
import type { DeletedPatron, PatronInfo } from './ports.ts';
import { noShares } from './watched-shares.ts';

/** Makes the records of patrons that were deleted: all that the warehouse knows of them, and the day. */
export async function makeDeletedBatch(
  patrons: readonly DeletedPatron[],
  context: BatchContext,
): Promise<Batch> {
  const { infos, tooLong, known } = await makeDeletedRecords(patrons, context);
  return {
    ...encodeAll(infos, tooLong, context.ports),
    read: patrons.length,
    leftOut: { sentAsNew: 0, leftToDeleted: 0 },
    known,
    tracts: countOrigins([]),
    unknownInitialLibraries: 0,
    shares: noShares,
  };
}

/** The records of deleted patrons, for every pass that finds them. */
export async function makeDeletedRecords(
  patrons: readonly DeletedPatron[],
  context: BatchContext,
): Promise<{ infos: PatronInfo[]; tooLong: number; known: number }> {
  const { ports, signal } = context;
  const ids = await ports.obfuscator.obfuscate(patrons.map(idOf), signal);
  const known = await findPatrons(
    ids.filter((id) => id !== null),
    context,
  );
  const infos = patrons.flatMap((patron, index): PatronInfo[] => {
    const patronId = ids[index] ?? null;
    return patronId === null ? [] : [recordOfDeleted(patron, patronId, known.get(patronId))];
  });
  return { infos, tooLong: patrons.length - infos.length, known: known.size };
}
