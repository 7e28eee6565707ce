import { asWritten, oneLine } from './clean-address.ts';
import { emptyPatronInfo } from './encode-patron-info.ts';
import type { DeletedPatron, PatronInfo, PatronRow } from './ports.ts';

/**
 * How a postal code is sent. `zip`: the five digits of a ZIP code, and nothing that is none. `first_five`: the first
 * five characters of the field, as NYPL's patron-info-poller has it, just as they were typed.
 */
export type PostalCodeForm = 'zip' | 'first_five';

/** What the address hash is made of: always four underscores, so `id____` where there is no address. */
export function addressText({ id, address }: PatronRow): string {
  const { street, city, region, postalCode } = address;
  return [id, street ?? '', city ?? '', region ?? '', postalCode ?? ''].join('_');
}

/** What the hash of a patron is made of. */
export function idOf({ id }: { readonly id: string }): string {
  return id;
}

/** What a patron's record has besides what Sierra says. */
export interface RecordParts {
  readonly patronId: string;
  readonly addressHash: string;
  readonly geoid: string | null;
  readonly initialHomeLibrary: string | null;
}

/** The record of a patron that Sierra has. */
export function recordOf(row: PatronRow, parts: RecordParts, form: PostalCodeForm): PatronInfo {
  return {
    patron_id: parts.patronId,
    address_hash: parts.addressHash,
    postal_code: form === 'zip' ? zipCode(row.address.postalCode) : firstFive(row.address.postalCode),
    geoid: parts.geoid,
    creation_date_et: row.createdOn,
    deletion_date_et: row.deletedOn,
    circ_active_date_et: row.activeOn,
    ptype_code: row.patronType,
    pcode3: row.pcode3,
    patron_home_library_code: row.homeLibrary,
    initial_patron_home_library_code: parts.initialHomeLibrary,
  };
}

/**
 * The record of a deleted patron: all that the warehouse knows, and the day. Sierra drops most of what it had, so
 * that a null of Sierra's says nothing any more.
 */
export function recordOfDeleted(
  { at, createdOn }: DeletedPatron,
  patronId: string,
  known: PatronInfo | undefined,
): PatronInfo {
  return {
    ...emptyPatronInfo,
    ...known,
    patron_id: patronId,
    creation_date_et: known?.creation_date_et ?? createdOn,
    deletion_date_et: at,
  };
}

/** The record of a deleted patron of whom Sierra may still have something: what is known goes first, an address as a whole. */
export function withKnownFirst(
  record: PatronInfo,
  { address }: PatronRow,
  known: PatronInfo | undefined,
): PatronInfo {
  if (!known) return record;
  const isAddressOfSierra = known.address_hash === null && oneLine(asWritten(address)) !== '';
  const { address_hash, postal_code, geoid } = isAddressOfSierra ? record : known;
  return {
    ...record,
    address_hash,
    postal_code,
    geoid,
    creation_date_et: known.creation_date_et ?? record.creation_date_et,
    circ_active_date_et: known.circ_active_date_et ?? record.circ_active_date_et,
    ptype_code: known.ptype_code ?? record.ptype_code,
    pcode3: known.pcode3 ?? record.pcode3,
    patron_home_library_code: known.patron_home_library_code ?? record.patron_home_library_code,
  };
}

/** The ZIP code without its extension, with which it may be written together. */
function zipCode(postalCode: string | null): string | null {
  return /^(\d{5})(?:[-\s]*\d{4})?[-\s]*$/.exec(postalCode ?? '')?.[1] ?? null;
}

/** Whole characters, just as they were typed. */
function firstFive(postalCode: string | null): string | null {
  return postalCode === null || postalCode.length <= 5 ? postalCode : [...postalCode].slice(0, 5).join('');
}
