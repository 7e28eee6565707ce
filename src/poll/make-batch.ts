import { BookKeeper, type Books } from '../core/books.ts';
import { asWritten, oneLine } from './clean-address.ts';
import { comparePositions, type SentAsNew, wasSentAsNew } from './cursor.ts';
import type { BatchContext, PollPorts } from './job.ts';
import { latestRows } from './latest-row.ts';
import { findInitialLibraries, findKnownAddresses, findPatrons } from './match-known.ts';
import { emptyPatronInfo } from './patron-info.ts';
import type {
  DeletedPatron,
  EncodedRecord,
  GeocodingOutcome,
  GeocodingStatus,
  PatronInfo,
  PatronRow,
  Position,
  PostalAddress,
} from './ports.ts';

/** Everything that patrons came to before anything of it left a trace. */
export interface Batch {
  readonly read: number;
  /** Patrons that go out with another pass than this one. */
  readonly leftOut: { readonly sentAsNew: number; readonly leftToDeleted: number };
  /** Patrons that do not go out at all. */
  readonly rejected: { readonly tooLongToHash: number; readonly refusedBySchema: number };
  readonly records: readonly EncodedRecord[];
  /** Patrons or addresses of which the warehouse had a record. */
  readonly known: number;
  /** How the records came by their geoid, or why they have none. */
  readonly tracts: Readonly<Record<TractOrigin, number>>;
  /** Records of patrons whose first home library nobody knows. */
  readonly unknownInitialLibraries: number;
}

/** `known`: from the warehouse; `no_address`: nothing to ask about; otherwise what the geocoders said. */
export type TractOrigin = 'known' | 'no_address' | GeocodingStatus;

export const tractOrigins: readonly TractOrigin[] = [
  'known',
  'match',
  'no_match',
  'tie',
  'error',
  'no_address',
];

/**
 * Makes the records of patrons that were created. Nothing is known of them, so geocoding does not wait for hashing.
 * @param deleted how far deleted patrons were sent: those deleted later are left to that pass, which keeps what the
 *   warehouse knows of them
 */
export async function makeNewBatch(
  rows: readonly PatronRow[],
  deleted: Position,
  context: BatchContext,
): Promise<Batch> {
  const { job, ports, signal } = context;
  const patrons = latestRows(rows);
  const wanted = patrons.filter(
    ({ deletedOn, id }) =>
      deletedOn === null ||
      !job.modes.includes('deleted') ||
      comparePositions({ at: deletedOn, id }, deleted) <= 0,
  );
  const [addressHashes, patronIds, tracts] = await Promise.all([
    ports.obfuscator.obfuscate(wanted.map(addressText), signal),
    ports.obfuscator.obfuscate(wanted.map(idOf), signal),
    geocode(wanted, context),
  ]);
  let tooLong = 0;
  const infos = wanted.flatMap((row, index): PatronInfo[] => {
    const addressHash = addressHashes[index] ?? null;
    const patronId = patronIds[index] ?? null;
    if (addressHash === null || patronId === null) {
      tooLong += 1;
      return [];
    }
    return [infoOf(row, patronId, addressHash, tracts[index]?.geoid ?? null, row.homeLibrary)];
  });
  return {
    ...encodeAll(infos, tooLong, ports),
    read: patrons.length,
    leftOut: { sentAsNew: 0, leftToDeleted: patrons.length - wanted.length },
    known: 0,
    tracts: countOrigins(tracts),
    unknownInitialLibraries: 0,
  };
}

/**
 * Makes the records of patrons that were updated: an address that the warehouse knows keeps its tract, any other
 * is geocoded, and so is one that had none the last time.
 */
export async function makeUpdatedBatch(
  rows: readonly PatronRow[],
  passes: readonly SentAsNew[],
  context: BatchContext,
): Promise<Batch> {
  const { ports, signal } = context;
  const patrons = latestRows(rows);
  const alive = patrons.filter(({ deletedOn }) => deletedOn === null);
  const wanted = alive.filter((row) => !wasSentAsNew(row, passes));

  const hashes = await ports.obfuscator.obfuscate(wanted.map(addressText), signal);
  let tooLong = 0;
  const hashed = wanted.flatMap((row, index) => {
    const addressHash = hashes[index] ?? null;
    if (addressHash !== null) return [{ row, addressHash }];
    tooLong += 1;
    return [];
  });
  const known = await findKnownAddresses(
    hashed.map(({ addressHash }) => addressHash),
    context,
  );
  const knownAt = ({ addressHash }: { addressHash: string }) => known.get(addressHash);
  const unknown = hashed.filter((each) => !knownAt(each)).map(({ row }) => row);
  // Of an address that was cut for its hash the end may have changed, and with it the tract.
  const tractAt = (each: { row: PatronRow; addressHash: string }) =>
    ports.obfuscator.covers(addressText(each.row)) ? (knownAt(each)?.geoid ?? null) : null;
  const untraced = hashed.filter((each) => tractAt(each) === null).map(({ row }) => row);
  const [patronIds, found] = await Promise.all([
    ports.obfuscator.obfuscate(unknown.map(idOf), signal),
    geocode(untraced, context),
  ]);
  const idByRow = new Map(unknown.map((row, index) => [row, patronIds[index] ?? null]));
  const tractByRow = new Map(untraced.map((row, index) => [row, found[index]]));

  const drafts = hashed.flatMap((each) => {
    const { row, addressHash } = each;
    const before = knownAt(each);
    const patronId = before?.patronId ?? idByRow.get(row) ?? null;
    const geoid = tractAt(each) ?? tractByRow.get(row)?.geoid ?? null;
    const initial = before?.initialHomeLibrary ?? null;
    if (patronId !== null) return [{ row, patronId, addressHash, geoid, initial }];
    tooLong += 1;
    return [];
  });
  const withoutInitial = drafts.filter(({ initial }) => initial === null).map(({ patronId }) => patronId);
  const initialLibraries = await findInitialLibraries(withoutInitial, context);
  const infos = drafts.map(({ row, patronId, addressHash, geoid, initial }) =>
    infoOf(row, patronId, addressHash, geoid, initial ?? initialLibraries.get(patronId) ?? null),
  );
  return {
    ...encodeAll(infos, tooLong, ports),
    read: patrons.length,
    leftOut: {
      sentAsNew: alive.length - wanted.length,
      leftToDeleted: patrons.length - alive.length,
    },
    known: hashed.length - unknown.length,
    tracts: { ...countOrigins(found), known: hashed.length - untraced.length },
    unknownInitialLibraries: infos.filter((info) => info.initial_patron_home_library_code === null).length,
  };
}

/** Makes the records of patrons that were deleted: all that the warehouse knows of them, and the day. */
export async function makeDeletedBatch(
  patrons: readonly DeletedPatron[],
  context: BatchContext,
): Promise<Batch> {
  const { ports, signal } = context;
  const ids = await ports.obfuscator.obfuscate(patrons.map(idOf), signal);
  const known = await findPatrons(
    ids.filter((id) => id !== null),
    context,
  );
  let tooLong = 0;
  const infos = patrons.flatMap(({ at }, index): PatronInfo[] => {
    const patronId = ids[index] ?? null;
    if (patronId === null) {
      tooLong += 1;
      return [];
    }
    return [{ ...emptyPatronInfo, ...known.get(patronId), patron_id: patronId, deletion_date_et: at }];
  });
  return {
    ...encodeAll(infos, tooLong, ports),
    read: patrons.length,
    leftOut: { sentAsNew: 0, leftToDeleted: 0 },
    known: known.size,
    tracts: countOrigins([]),
    unknownInitialLibraries: 0,
  };
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

/** What the address hash is made of: always four underscores, so `id____` where there is no address. */
function addressText({ id, address }: PatronRow): string {
  const { street, city, region, postalCode } = address;
  return [id, street ?? '', city ?? '', region ?? '', postalCode ?? ''].join('_');
}

function infoOf(
  row: PatronRow,
  patronId: string,
  addressHash: string,
  geoid: string | null,
  initialHomeLibrary: string | null,
): PatronInfo {
  return {
    patron_id: patronId,
    address_hash: addressHash,
    postal_code: firstFive(row.address.postalCode),
    geoid,
    creation_date_et: row.createdOn,
    deletion_date_et: row.deletedOn,
    circ_active_date_et: row.activeOn,
    ptype_code: row.patronType,
    pcode3: row.pcode3,
    patron_home_library_code: row.homeLibrary,
    initial_patron_home_library_code: initialHomeLibrary,
  };
}

/** The ZIP code without its extension; whole characters, whatever somebody typed. */
function firstFive(postalCode: string | null): string | null {
  return postalCode === null || postalCode.length <= 5 ? postalCode : [...postalCode].slice(0, 5).join('');
}

interface Traced extends GeocodingOutcome {
  readonly origin: TractOrigin;
}

/** @throws PatronflowError of the geocoder when it was down and such patrons must not go out without a tract */
async function geocode(
  patrons: readonly { readonly address: PostalAddress }[],
  { job, ports, signal }: BatchContext,
): Promise<Traced[]> {
  const addresses = patrons.map(({ address }) => asWritten(address));
  const asked = addresses.filter((address) => oneLine(address) !== '');
  const { outcomes, outage } = await ports.cascade.geocode(asked, signal);
  if (outage && job.onOutage === 'stop') throw outage;
  let next = 0;
  return addresses.map((address) => {
    if (oneLine(address) === '') return { status: 'no_match', geoid: null, origin: 'no_address' };
    const outcome = outcomes[next++] ?? { status: 'error', geoid: null };
    return { ...outcome, origin: outcome.status };
  });
}

function countOrigins(traced: readonly Traced[]): Record<TractOrigin, number> {
  const counts = { known: 0, no_address: 0, match: 0, no_match: 0, tie: 0, error: 0 };
  for (const { origin } of traced) counts[origin] += 1;
  return counts;
}

/** @param tooLongToHash patrons that have no record for that reason */
function encodeAll(
  infos: readonly PatronInfo[],
  tooLongToHash: number,
  { encoder }: PollPorts,
): Pick<Batch, 'records' | 'rejected'> {
  const encoded = infos.map((info) => encoder.encode(info));
  return {
    records: encoded.filter((record) => record !== null),
    rejected: { tooLongToHash, refusedBySchema: encoded.filter((record) => record === null).length },
  };
}

/** The books of a batch, to be balanced before anything of it leaves. */
export function booksOf({ read, leftOut, rejected, records }: Batch): Books {
  const books = new BookKeeper();
  books.read(read);
  books.written(records.length);
  books.duplicate(leftOut.sentAsNew + leftOut.leftToDeleted);
  books.rejected('too_long_to_hash', rejected.tooLongToHash);
  books.rejected('refused_by_schema', rejected.refusedBySchema);
  return books.current();
}
