import { crc32 } from 'node:zlib';

/**
 * Hands chunks through and compares their CRC-32 at the end, which readers of zips leave to their callers.
 * @param mismatch makes the error that a wrong checksum ends in
 */
export async function* checksummed(
  chunks: AsyncIterable<Buffer>,
  expected: number,
  mismatch: () => Error,
): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== expected) throw mismatch();
}
