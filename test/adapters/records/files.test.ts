import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { createAvroRecords } from '../../../src/adapters/records/avro.ts';
import { createJsonLinesRecords } from '../../../src/adapters/records/jsonl.ts';
import { toPatronflowError } from '../../../src/core/errors.ts';
import type { EncodedRecord, PatronInfo, RecordSink } from '../../../src/poll/ports.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { encoded, patronInfo, patronInfoSchema, records } from '../../support/patron-records.ts';
import { readAvro, readJsonLines } from '../../support/records-benches.ts';
import { mayMount, smallDisk } from '../../support/small-disk.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

interface Kind {
  readonly name: string;
  open(path: string): RecordSink;
  read(path: string): Promise<PatronInfo[]>;
}
const avroFile: Kind = {
  name: 'an Avro file',
  open: (path) => createAvroRecords({ path, schema: patronInfoSchema }),
  read: readAvro,
};
const jsonLines: Kind = {
  name: 'JSON lines',
  open: (path) => createJsonLinesRecords({ path }),
  read: readJsonLines,
};
const write = async (kind: Kind, path: string, batch: readonly EncodedRecord[]) => {
  const sink = kind.open(path);
  try {
    await sink.write(batch);
  } finally {
    await sink.close();
  }
};
const ids = (infos: readonly PatronInfo[]) => infos.map(({ patron_id }) => patron_id);
const incompressible = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) =>
    encoded(patronInfo(from + index, { address_hash: randomBytes(100).toString('base64') })),
  );

describe.each([avroFile, jsonLines])('$name', (kind) => {
  it('is made with its folder, for its owner alone', async () => {
    const root = await temporaryDirectory();
    await withoutUmask(() => write(kind, join(root, 'a', 'b', 'records'), records(1)));

    expect(await modesBelow(root)).toEqual(['750 a', '750 a/b', '600 a/b/records']);
  });

  it('is left to another program that writes to it', async () => {
    const path = join(await temporaryDirectory(), 'records');
    const [first, second] = [kind.open(path), kind.open(path)];
    await first.write(records(1));
    await second.write(records(1, 2));

    const error = await failureOf(first.write(records(1, 3)));
    expect(error).toMatchObject({ code: 'RECORDS_REFUSED', message: `Another program writes to ${path}.` });
    for (const sink of [first, second]) await sink.close();
    expect(ids(await kind.read(path))).toEqual(['patron-1', 'patron-2']);
  });

  it('is healed when a run died at any byte of its last batch', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(kind, path, records(2));
    const { size: whole } = await stat(path);
    await write(kind, path, [encoded(patronInfo(3, { patron_home_library_code: 'é🙂' }))]);
    const bytes = await readFile(path);
    const failures: number[] = [];

    for (let length = whole; length < bytes.length; length += 1) {
      await writeFile(path, bytes.subarray(0, length));
      await write(kind, path, records(1, 4));
      if (ids(await kind.read(path)).join() !== 'patron-1,patron-2,patron-4') failures.push(length);
    }

    expect(bytes.length - whole).toBeGreaterThan(20);
    expect(failures).toEqual([]);
  });

  it('is begun anew when a run died in the middle of its beginning', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(kind, path, records(1));
    const bytes = await readFile(path);
    // An Avro file begins with a header, which ends with the mark that every block ends with.
    const end = kind === avroFile ? bytes.indexOf(bytes.subarray(-16)) + 16 : bytes.length;
    const failures: number[] = [];

    for (let length = 0; length < end; length += length < 20 || length > end - 30 ? 1 : 13) {
      await writeFile(path, bytes.subarray(0, length));
      await write(kind, path, records(1, 4));
      if (ids(await kind.read(path)).join() !== 'patron-4') failures.push(length);
    }

    expect(failures).toEqual([]);
  });

  it('is healed of a tail longer than is looked through at once', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(kind, path, records(2));
    const { size } = await stat(path);
    await write(kind, path, incompressible(2_000, 3));
    await truncate(path, (await stat(path)).size - 20);
    // The last line is longer than the piece.
    if (kind === jsonLines) await appendFile(path, `{"patron_id":"${'x'.repeat(200_000)}`);
    await write(kind, path, records(1, 9_000));

    const found = ids(await kind.read(path));
    expect(found.at(-1)).toBe('patron-9000');
    expect(found).toHaveLength(kind === avroFile ? 3 : 2_002);
    expect((await stat(path)).size).toBeGreaterThan(size);
  });

  it('keeps a torn tail as it is when it is only looked at', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(kind, path, records(2));
    await truncate(path, (await stat(path)).size - 5);
    const before = await readFile(path);

    await expect(kind.open(path).check(never)).resolves.toContain('can be written');

    expect(await readFile(path)).toEqual(before);
  });

  it.each([
    ['a text', 'hello'],
    ['a text of several lines', 'id,name\n1,Ada Lovelace\n'],
    ['JSON of another program', '{"name":"Ada Lovelace"}\n'],
    ['one blank', ' '],
    ['bytes', randomBytes(100_000)],
    ['the mark of Avro and nothing that follows from it', 'Obj\u0001hello, this is not a header of any kind'],
  ])('leaves a file of another kind as it is: %s', async (_name, content) => {
    const path = join(await temporaryDirectory(), 'records');
    await writeFile(path, content);

    expect(await failureOf(kind.open(path).check(never))).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect(await failureOf(write(kind, path, records(1)))).toMatchObject({ code: 'RECORDS_REFUSED' });

    expect(await readFile(path)).toEqual(Buffer.from(content));
  });

  it('leaves the records of the other kind as they are', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(kind === avroFile ? jsonLines : avroFile, path, records(2));
    const before = await readFile(path);

    expect(await failureOf(write(kind, path, records(1)))).toMatchObject({ code: 'RECORDS_REFUSED' });

    expect(await readFile(path)).toEqual(before);
  });

  it.each([['a folder'], ['a file in a file']])('says that its place is none: %s', async (name) => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'file');
    await writeFile(file, 'x');
    await mkdir(join(directory, 'folder'));
    const path = name === 'a folder' ? join(directory, 'folder') : join(file, 'sub', 'records');

    const error = await failureOf(kind.open(path).check(never));

    expect(error).toMatchObject({ code: 'RECORDS_REFUSED', kind: 'config' });
    expect(error.message).toContain(path);
    expect(await failureOf(write(kind, path, records(1)))).toMatchObject({ code: 'RECORDS_REFUSED' });
  });

  it.skipIf(!mayMount)(
    'holds whole batches alone when the disk is full, and goes on when there is room',
    async () => {
      const path = join(await smallDisk(64), 'records');
      const sink = kind.open(path);
      await sink.write(records(2));

      const failed = await sink.write(incompressible(2_000, 3)).catch(toPatronflowError);
      expect(failed).toMatchObject({ code: 'DISK_FULL', kind: 'fatal' });
      expect(ids(await kind.read(path))).toEqual(['patron-1', 'patron-2']);
      await sink.write(records(1, 4));

      expect(ids(await kind.read(path))).toEqual(['patron-1', 'patron-2', 'patron-4']);
      await sink.close();
    },
  );
});

describe('an Avro file of another program', () => {
  const schema = patronInfoSchema as avro.schema.RecordType;
  const made = async (options: { schema: avro.Schema; codec: 'null' | 'deflate'; values: object[] }) => {
    const path = join(await temporaryDirectory(), 'records');
    const encoder = new avro.streams.BlockEncoder(options.schema, { codec: options.codec });
    for (const value of options.values) encoder.write(value);
    encoder.end();
    await pipeline(encoder, createWriteStream(path));
    return path;
  };

  it('grows when it has the same schema, however that is written', async () => {
    const same = {
      doc: 'PatronInfo',
      ...schema,
      fields: schema.fields.map((field) => ({ ...field, doc: 'x' })),
    };
    const path = await made({ schema: same, codec: 'deflate', values: [patronInfo(1)] });

    await write(avroFile, path, records(1, 2));

    expect(ids(await readAvro(path))).toEqual(['patron-1', 'patron-2']);
  });

  it.each([
    ['has another schema', { ...schema, fields: schema.fields.slice(0, 3) }, 'deflate'],
    ['is compressed in another way', schema, 'null'],
  ] as const)('is left as it is when it %s', async (_what, other, codec) => {
    const path = await made({ schema: other as avro.Schema, codec, values: [patronInfo(1)] });
    const before = await readFile(path);

    expect(await failureOf(avroFile.open(path).check(never))).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect(await failureOf(write(avroFile, path, records(1, 2)))).toMatchObject({ code: 'RECORDS_REFUSED' });

    expect(await readFile(path)).toEqual(before);
  });

  it('is left as it is when it is damaged in the middle: what follows may be whole', async () => {
    const path = join(await temporaryDirectory(), 'records');
    for (const from of [1, 2, 3]) await write(avroFile, path, records(1, from));
    const bytes = await readFile(path);
    const mark = bytes.subarray(-16);
    const first = bytes.indexOf(mark, bytes.indexOf(mark) + 1);
    bytes.writeUInt8((bytes[first] ?? 0) ^ 1, first);
    await writeFile(path, bytes);

    const error = await failureOf(write(avroFile, path, records(1, 4)));

    expect(error.message).toContain('damaged');
    expect(await readFile(path)).toEqual(bytes);
  });

  it('is healed of the zeros that a file system leaves after a power cut', async () => {
    const path = join(await temporaryDirectory(), 'records');
    await write(avroFile, path, records(1));
    await appendFile(path, Buffer.alloc(500));
    await write(avroFile, path, records(1, 2));

    expect(ids(await readAvro(path))).toEqual(['patron-1', 'patron-2']);
  });
});

describe('JSON lines', () => {
  it('have their fields in one order for every patron', async () => {
    const path = join(await temporaryDirectory(), 'records');
    const { patron_id, ...rest } = patronInfo(1);
    await write(jsonLines, path, [encoded({ ...rest, patron_id }), encoded(patronInfo(2))]);

    const [first = '', second = ''] = (await readFile(path, 'utf8')).split('\n');
    expect(Object.keys(JSON.parse(first))).toEqual(Object.keys(patronInfo()));
    expect(Object.keys(JSON.parse(second))).toEqual(Object.keys(patronInfo()));
  });
});
