import avro from 'avsc';
import { PatronflowError } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';

/**
 * Reads a schema from what a file or a registry holds: the schema itself, or an envelope
 * `{"data": {"schema": "<the schema as text>"}}`.
 * @throws PatronflowError SCHEMA_UNFIT for any other answer of a server
 */
export function parseSchema(text: string, place: string): unknown {
  let schema: unknown;
  try {
    const document: unknown = JSON.parse(text);
    const inside = (document as { data?: { schema?: unknown } } | null)?.data?.schema;
    schema = typeof inside === 'string' ? JSON.parse(inside) : (inside ?? document);
  } catch (cause) {
    throw unfit(place, 'it is not JSON', cause);
  }
  try {
    // What the library says of a schema may quote all of it.
    const { typeName } = avro.Type.forSchema(schema as avro.Schema);
    if (typeName === 'record') return schema;
    throw new Error(`it is of type ${typeName}`);
  } catch (cause) {
    throw unfit(place, cause instanceof Error ? safeText(cause.message) : 'unknown', cause);
  }
}

function unfit(place: string, reason: string, cause: unknown): PatronflowError {
  return new PatronflowError(
    'SCHEMA_UNFIT',
    `What ${place} holds is not an Avro schema of a record: ${reason}.`,
    {
      hint: 'Check the address: it must answer with a schema, or with `{"data": {"schema": "…"}}`.',
      cause,
    },
  );
}
