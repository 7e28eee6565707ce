import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { SchemaSource } from '../../poll/ports.ts';
import { schemaSourceAdapter } from '../../poll/ports.ts';
import { parseSchema } from '../clients/avro-schema.ts';

export interface FileSchemaOptions {
  readonly path: string;
}

export const fileSchema = schemaSourceAdapter({
  system: 'file',
  forms: ['file:./schema.avsc'],
  schemes: ['file'],
  options: z.strictObject({}),
  create: ({ url }) => createFileSchema({ path: url.slice('file:'.length) }),
});

/** The schema from a file, such as the copy that comes with the preset. */
export function createFileSchema({ path }: FileSchemaOptions): SchemaSource {
  const load = async (): Promise<unknown> => {
    const text = await readFile(path, 'utf8').catch((cause) => {
      throw new PatronflowError('CONFIG_UNREADABLE', `${path} cannot be read (${systemCode(cause)}).`, {
        hint: 'Check the path of the schema and its permissions.',
        cause,
      });
    });
    return parseSchema(text, path);
  };
  return {
    name: path,
    load,
    check: async () => {
      await load();
      return 'holds an Avro schema';
    },
    async close() {},
  };
}
