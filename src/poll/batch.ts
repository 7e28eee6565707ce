import { BookKeeper, type Books } from '../core/books.ts';
import type { PollPorts } from './job.ts';
import type { EncodedRecord, GeocodingStatus, PatronInfo } from './ports.ts';
import type { BatchShares } from './watched-shares.ts';

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
  /** Records of patrons whose first home library is not known. */
  readonly unknownInitialLibraries: number;
  /** What the batch says of the shares that are watched. */
  readonly shares: BatchShares;
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

/** @param tooLongToHash patrons that have no record for that reason */
export function encodeAll(
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
