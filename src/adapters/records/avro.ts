import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { z } from 'zod';
import type { RecordSink } from '../../poll/ports.ts';
import { recordSinkAdapter } from '../../poll/ports.ts';
import { AppendFile, notOurs, read } from '../clients/append-file.ts';

export interface AvroRecordsOptions {
  readonly path: string;
  /** As Avro's JSON has it. */
  readonly schema: unknown;
}

const magic = Buffer.from('Obj\u0001');
const syncBytes = 16;
const codec = 'deflate';

/** Longer than any header of ours. */
const headerBytes = 64 * 1024;

/** Longer than any block of ours. */
const blockBytes = 64 * 1024 * 1024;

export const avroRecords = recordSinkAdapter({
  system: 'avro',
  forms: ['file:./records.avro'],
  schemes: ['file'],
  pattern: /\.avro$/,
  options: z.strictObject({}),
  create: ({ url, schema }) => createAvroRecords({ path: url.slice('file:'.length), schema }),
});

/**
 * Records in an Avro object container file, which grows with every run: each batch is one block. See
 * https://avro.apache.org/docs/1.12.0/specification/#object-container-files
 */
export function createAvroRecords({ path, schema }: AvroRecordsOptions): RecordSink {
  let sync: Buffer | null = null;
  const file = new AppendFile(path, async (handle, size) => {
    const start = await read(handle, 0, Math.min(size, headerBytes));
    if (isPartOfHeader(start, schema)) return 0;
    const header = readHeader(start);
    if (header === null) throw notOurs(path, 'is not an Avro container file');
    if (header.schema !== canonical(schema)) throw notOurs(path, 'holds records of another schema');
    if (header.codec !== codec) throw notOurs(path, 'is compressed in another way');
    sync = header.sync;
    const end = await endOfBlocks(handle, header.length, size, header.sync);
    if (await isDamaged(handle, end, size, header.sync)) throw notOurs(path, 'is damaged in the middle');
    return end;
  });

  const begin = async (): Promise<Buffer> => {
    if ((await file.size()) > 0 && sync) return sync;
    const mark = randomBytes(syncBytes);
    await file.append(headerOf(schema, mark));
    sync = mark;
    return mark;
  };

  return {
    name: path,
    async check() {
      const size = await file.look();
      return size === 0 ? 'can be written' : `can be written, has ${size} bytes of records`;
    },
    async open() {
      await file.look();
    },
    async write(records) {
      if (records.length === 0) return;
      const mark = await begin();
      const data = deflateRawSync(Buffer.concat(records.map((record) => record.avro)));
      await file.append(Buffer.concat([long(records.length), long(data.length), data, mark]));
    },
    close: () => file.close(),
  };
}

const longType = avro.Type.forSchema('long');
const headerType = avro.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: magic.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: syncBytes } },
  ],
});

function long(value: number): Buffer {
  return longType.toBuffer(value);
}

function headerOf(schema: unknown, sync: Buffer): Buffer {
  const meta = {
    'avro.schema': Buffer.from(JSON.stringify(schema)),
    'avro.codec': Buffer.from(codec),
  };
  return headerType.toBuffer({ magic, meta, sync });
}

interface Header {
  readonly schema: string;
  readonly codec: string;
  readonly sync: Buffer;
  readonly length: number;
}

/** What a run leaves that died while it began a file; all of a header but its mark is the same every time. */
function isPartOfHeader(start: Buffer, schema: unknown): boolean {
  const header = headerOf(schema, Buffer.alloc(syncBytes));
  const known = header.subarray(0, Math.min(start.length, header.length - syncBytes));
  return start.length < header.length && start.subarray(0, known.length).equals(known);
}

/** @returns null for bytes that do not begin with a header */
function readHeader(start: Buffer): Header | null {
  if (!start.subarray(0, magic.length).equals(magic)) return null;
  try {
    const { value, offset } = headerType.decode(start, 0);
    const { meta, sync } = value as { meta: Record<string, Buffer>; sync: Buffer };
    const schema = canonical(JSON.parse(String(meta['avro.schema'])));
    return {
      schema,
      codec: String(meta['avro.codec'] ?? 'null'),
      sync: Buffer.from(sync),
      length: offset,
    };
  } catch {
    return null;
  }
}

/** The end of the last block that is whole; a run that died may have left a part of one behind it. */
async function endOfBlocks(handle: FileHandle, start: number, size: number, sync: Buffer): Promise<number> {
  for (let end = start; ; ) {
    const head = await read(handle, end, Math.min(20, size - end));
    const length = lengthOfBlock(head);
    if (length === null || end + length > size) return end;
    const next = end + length;
    if (!(await read(handle, next - syncBytes, syncBytes)).equals(sync)) return end;
    end = next;
  }
}

/** @returns null for what is no beginning of a block */
function lengthOfBlock(head: Buffer): number | null {
  try {
    const count = longType.decode(head, 0);
    const length = longType.decode(head, count.offset);
    const isWhole = count.offset > 0 && length.offset > 0 && length.value >= 0;
    return isWhole ? length.offset + length.value + syncBytes : null;
  } catch {
    return null;
  }
}

/** A part of a block has no mark in it; whole blocks behind an end that is none are not cut off. */
async function isDamaged(handle: FileHandle, end: number, size: number, sync: Buffer): Promise<boolean> {
  if (size - end > blockBytes) return true;
  return (await read(handle, end, size - end)).includes(sync);
}

/** The same text for the same schema, however it is written. */
function canonical(schema: unknown): string {
  return JSON.stringify(avro.Type.forSchema(schema as avro.Schema).schema());
}
