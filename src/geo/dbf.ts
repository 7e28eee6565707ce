/**
 * Reads dBASE tables as TIGER/Line has them: fields of fixed width, described by the header, so that a column is
 * found by its name in every vintage. The format: https://www.loc.gov/preservation/digital/formats/fdd/fdd000326.shtml
 */
export interface DbfTable {
  readonly columns: readonly string[];
  /** Rows, by the header. */
  readonly length: number;
  /**
   * The rows that are not deleted, some hundreds at a time, as trimmed texts.
   * @param columns those wanted, in the order wanted; one that the table lacks is '' in every row
   * @throws DamagedTable when the table ends early
   */
  rows(columns: readonly string[]): AsyncGenerator<readonly (readonly string[])[]>;
}

export class DamagedTable extends Error {}

interface Field {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** 32 bytes, then 32 for each field, and one that ends them. */
const fieldBytes = 32;
const endOfFields = 0x0d;
const deleted = 0x2a;

/**
 * Reads the header of a table.
 * @throws DamagedTable when it is none
 */
export async function openDbf(chunks: AsyncIterable<Buffer>): Promise<DbfTable> {
  const source = chunks[Symbol.asyncIterator]();
  let bytes: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    if (!done) bytes = bytes.length === 0 ? value : Buffer.concat([bytes, value]);
    return !done;
  };
  while (bytes.length < fieldBytes && (await more()));
  if (bytes.length < fieldBytes) throw new DamagedTable('It has no header.');
  const length = bytes.readUInt32LE(4);
  const headerLength = bytes.readUInt16LE(8);
  const rowLength = bytes.readUInt16LE(10);
  while (bytes.length < headerLength && (await more()));
  const fields = bytes.length < headerLength ? [] : readFields(bytes.subarray(0, headerLength));
  if (fields.length === 0 || (fields.at(-1)?.end ?? 0) > rowLength)
    throw new DamagedTable('Its header is not that of a dBASE table.');
  bytes = bytes.subarray(headerLength);

  return {
    columns: fields.map(({ name }) => name),
    length,
    async *rows(columns) {
      const wanted = columns.map((column) => fields.find(({ name }) => name === column));
      let read = 0;
      while (read < length) {
        while (bytes.length < rowLength && (await more()));
        const count = Math.min(Math.floor(bytes.length / rowLength), length - read);
        if (count === 0) throw new DamagedTable(`It ends after ${read} of ${length} rows.`);
        const rows: string[][] = [];
        for (let start = 0; start < count * rowLength; start += rowLength) {
          if (bytes[start] === deleted) continue;
          rows.push(
            wanted.map((field) => (field ? textOf(bytes, start + field.start, start + field.end) : '')),
          );
        }
        bytes = bytes.subarray(count * rowLength);
        read += count;
        yield rows;
      }
      // To the very end, where some sources find that they were damaged.
      do bytes = Buffer.alloc(0);
      while (await more());
    },
  };
}

function readFields(header: Buffer): Field[] {
  const fields: Field[] = [];
  // The first byte of a row says whether it is deleted.
  let start = 1;
  for (let at = fieldBytes; at + fieldBytes <= header.length; at += fieldBytes) {
    if (header[at] === endOfFields) break;
    const name = header
      .toString('latin1', at, at + 11)
      .replace(/\0.*$/s, '')
      .toUpperCase();
    const end = start + (header[at + 16] ?? 0);
    fields.push({ name, start, end });
    start = end;
  }
  return fields;
}

/** Since 2015 TIGER/Line is in UTF-8, before in Latin-1; no Latin-1 name of a street is valid UTF-8. */
function textOf(bytes: Buffer, start: number, end: number): string {
  let last = end;
  while (last > start && (bytes[last - 1] ?? 0) <= 0x20) last -= 1;
  let first = start;
  while (first < last && (bytes[first] ?? 0) <= 0x20) first += 1;
  for (let at = first; at < last; at += 1) {
    if ((bytes[at] ?? 0) < 0x80) continue;
    const text = bytes.toString('utf8', first, last);
    return text.includes('�') ? bytes.toString('latin1', first, last) : text;
  }
  return bytes.toString('latin1', first, last);
}
