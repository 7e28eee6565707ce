import { UrlRegistry } from '../../core/registry.ts';
import { avroRecords } from './avro.ts';
import { jsonLinesRecords } from './jsonl.ts';
import { kinesisRecords } from './kinesis.ts';
import { postgresRecords } from './postgres.ts';

/** Where records go. */
export const recordSinks = new UrlRegistry([avroRecords, jsonLinesRecords, kinesisRecords, postgresRecords]);
