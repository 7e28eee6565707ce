import { UrlRegistry } from '../../core/registry.ts';
import { fileSchema } from './file.ts';
import { httpSchema } from './http.ts';

/** Where the Avro schema of the records comes from. */
export const schemaSources = new UrlRegistry([fileSchema, httpSchema]);
