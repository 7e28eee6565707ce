import avro from 'avsc';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { EncodedRecord, PatronInfo, SentInfo } from './ports.ts';

/** A record with a value in every field, to try a schema on. */
const sample: PatronInfo = {
  patron_id: 'x',
  address_hash: 'x',
  postal_code: '00000',
  geoid: '00000000000',
  creation_date_et: '2026-01-01',
  deletion_date_et: '2026-01-01',
  circ_active_date_et: '2026-01-01',
  ptype_code: 1,
  pcode3: 1,
  patron_home_library_code: 'x',
  initial_patron_home_library_code: 'x',
};

export const patronInfoFields = Object.keys(sample) as readonly (keyof PatronInfo)[];

/** A record without anything but whom it is about. */
export const emptyPatronInfo: Omit<PatronInfo, 'patron_id'> = {
  address_hash: null,
  postal_code: null,
  geoid: null,
  creation_date_et: null,
  deletion_date_et: null,
  circ_active_date_et: null,
  ptype_code: null,
  pcode3: null,
  patron_home_library_code: null,
  initial_patron_home_library_code: null,
};

/** Encodes records by the schema that their readers use. */
export interface PatronInfoEncoder {
  /** Fields that the schema has: all that any sink gets. */
  readonly fields: readonly (keyof PatronInfo)[];
  /** Fields of ours that the schema does not have, and that are not sent. */
  readonly unsent: readonly string[];
  /** @returns null for a record that the schema refuses */
  encode(info: PatronInfo): EncodedRecord | null;
}

/**
 * @param schema as Avro's JSON has it
 * @throws PatronflowError SCHEMA_UNFIT when no record of ours could fit it
 */
export function createEncoder(schema: unknown, place: string): PatronInfoEncoder {
  const type = recordType(schema, place);
  const fits = type.isValid(sample, {
    errorHook: (path, _value, found) => {
      throw new PatronflowError(
        'SCHEMA_UNFIT',
        `The Avro schema at ${place} does not fit a PatronInfo record: its field ${safeText(path.join('.')) || '(all)'} is ${safeText(String(found))}.`,
        { hint: 'Records have the eleven fields of presets/patron-info-poller/patron-info.avsc.' },
      );
    },
  });
  if (!fits) throw new Error('an Avro schema that refuses without saying why');
  const names = new Set(type.fields.map(({ name }) => name));
  if (!names.has('patron_id')) {
    throw new PatronflowError('SCHEMA_UNFIT', `The Avro schema at ${place} has no field patron_id.`, {
      hint: 'Without it, a record cannot be tied to a patron. Records have the eleven fields of presets/patron-info-poller/patron-info.avsc.',
    });
  }
  const slabs = new Slabs();
  const fields = patronInfoFields.filter((name) => names.has(name));
  const unsent = patronInfoFields.filter((name) => !names.has(name));
  const sentOf = (info: PatronInfo): SentInfo =>
    unsent.length === 0
      ? info
      : { patron_id: info.patron_id, ...Object.fromEntries(fields.map((name) => [name, info[name]])) };
  return {
    fields,
    unsent,
    encode: (info) => {
      const sent = sentOf(info);
      return type.isValid(sent) ? { info: sent, avro: slabs.write(type, sent) } : null;
    },
  };
}

/** Records are some 150 bytes: in buffers of their own they would take twice that, out of reach of the young heap. */
const slabBytes = 64 * 1024;

/** Buffers that hold many records one after the other. */
class Slabs {
  #slab = Buffer.alloc(0);
  #used = 0;

  write(type: avro.Type, value: unknown): Buffer {
    let end = type.encode(value, this.#slab, this.#used);
    if (end < 0) {
      // A negative end says how many bytes were missing.
      this.#slab = Buffer.allocUnsafe(Math.max(slabBytes, this.#slab.length - end));
      this.#used = 0;
      end = type.encode(value, this.#slab, 0);
    }
    const bytes = this.#slab.subarray(this.#used, end);
    this.#used = end;
    return bytes;
  }
}

function recordType(schema: unknown, place: string): avro.types.RecordType {
  const unfit = (cause?: unknown) =>
    new PatronflowError('SCHEMA_UNFIT', `What ${place} holds is not an Avro schema of a record.`, {
      hint: 'Check the address: it must answer with a schema, or with `{"data": {"schema": "…"}}`.',
      cause,
    });
  try {
    const type = avro.Type.forSchema(schema as avro.Schema);
    if (type instanceof avro.types.RecordType) return type;
  } catch (cause) {
    throw unfit(cause);
  }
  throw unfit();
}
