import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type { EncodedRecord, PatronInfo } from '../../src/poll/ports.ts';

/** The schema that comes with the preset. */
export const patronInfoSchema: unknown = JSON.parse(
  readFileSync(new URL('../../presets/patron-info-poller/patron-info.avsc', import.meta.url), 'utf8'),
);

/** A record as the pipeline makes it; what a test does not name is ordinary. */
export function patronInfo(number = 1, named: Partial<PatronInfo> = {}): PatronInfo {
  return {
    patron_id: `patron-${number}`,
    address_hash: `address-${number}`,
    postal_code: '10001',
    geoid: '36061000100',
    creation_date_et: '2026-01-05',
    deletion_date_et: null,
    circ_active_date_et: '2026-01-04',
    ptype_code: 10,
    pcode3: 2,
    patron_home_library_code: 'ml',
    initial_patron_home_library_code: 'ml',
    ...named,
  };
}

const type = avro.Type.forSchema(patronInfoSchema as avro.Schema);

export function encoded(info: PatronInfo): EncodedRecord {
  return { info, avro: type.toBuffer(info) };
}

export function decoded(datum: Buffer): PatronInfo {
  return { ...type.fromBuffer(datum) };
}

/** So many records of as many patrons, from a number on. */
export function records(count: number, from = 1, named: Partial<PatronInfo> = {}): EncodedRecord[] {
  return Array.from({ length: count }, (_, index) => encoded(patronInfo(from + index, named)));
}
