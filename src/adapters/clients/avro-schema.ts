import avro from 'avsc';
import { PatronflowError } from '../../core/errors.ts';

/**
 * Reads a schema from what a file or a registry holds: the schema itself, or an envelope
 * `{"data": {"schema": "<the schema as text>"}}`.
 * @throws PatronflowError SCHEMA_UNFIT for whatever else a server may answer
 */
export function parseSchema(text: string, place: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    const inside = (document as { data?: { schema?: unknown } } | null)?.data?.schema;
    const schema: unknown = typeof inside === 'string' ? JSON.parse(inside) : (inside ?? document);
    if (!(avro.Type.forSchema(schema as avro.Schema) instanceof avro.types.RecordType)) throw new Error();
    return schema;
  } catch (cause) {
    throw new PatronflowError('SCHEMA_UNFIT', `What ${place} holds is not an Avro schema of a record.`, {
      hint: 'Check the address: it must answer with a schema, or with `{"data": {"schema": "…"}}`.',
      cause,
    });
  }
}
