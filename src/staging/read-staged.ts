import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { DelimitedReader } from '../feeds/delimited-reader.ts';

/** Rows handed over at once. */
const batchSize = 100;

/** Bytes read from the disk at once. */
const chunkSize = 256 * 1024;

/** Reads back the rows of a file that `StagedFile` or DuckDB has written. */
export async function* readStaged(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly (readonly string[])[]> {
  const file = createReadStream(path, { highWaterMark: chunkSize, signal });
  const reader = new DelimitedReader({
    maxLines: Number.POSITIVE_INFINITY,
    maxCharacters: Number.POSITIVE_INFINITY,
  });
  const decoder = new StringDecoder('utf8');
  let rows: (readonly string[])[] = [];
  try {
    for await (const chunk of file) {
      reader.push(decoder.write(chunk as Buffer));
      for (let record = reader.next(); record; record = reader.next()) {
        if (record.broken) throw new Error('a staged row that cannot be read back');
        rows.push(record.fields);
        if (rows.length < batchSize) continue;
        yield rows;
        rows = [];
      }
    }
    if (rows.length > 0) yield rows;
  } finally {
    file.destroy();
  }
}
