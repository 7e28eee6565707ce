import { PatronflowError } from '../../core/errors.ts';

/**
 * Reads a schema from what a file or a registry holds: the schema itself, or an envelope
 * `{"data": {"schema": "<the schema as text>"}}`.
 */
export function parseSchema(text: string, place: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    const inside = (document as { data?: { schema?: unknown } } | null)?.data?.schema;
    return typeof inside === 'string' ? JSON.parse(inside) : (inside ?? document);
  } catch (cause) {
    throw new PatronflowError('SCHEMA_UNFIT', `What ${place} holds is not an Avro schema in JSON.`, {
      hint: 'Check the address: it must answer with a schema, or with `{"data": {"schema": "…"}}`.',
      cause,
    });
  }
}
