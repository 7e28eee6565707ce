import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { EncodedRecord, RecordSink } from '../../poll/ports.ts';
import { recordSinkAdapter } from '../../poll/ports.ts';
import { AppendFile, notOurs, read } from '../clients/append-file.ts';

export interface JsonLinesRecordsOptions {
  readonly path: string;
}

/** Looked through from the end for the last line break, piece by piece. */
const pieceBytes = 64 * 1024;

/** How every line of ours begins. */
const firstBytes = '{"patron_id":';

export const jsonLinesRecords = recordSinkAdapter({
  system: 'jsonl',
  forms: ['file:./records.jsonl'],
  schemes: ['file'],
  pattern: /\.jsonl$/,
  options: z.strictObject({}),
  create: ({ url }) => createJsonLinesRecords({ path: url.slice('file:'.length) }),
});

/** Records as lines of JSON, in a file that grows with every run. */
export function createJsonLinesRecords({ path }: JsonLinesRecordsOptions): RecordSink {
  const file = new AppendFile(path, async (handle, size) => {
    const start = await read(handle, 0, Math.min(size, firstBytes.length));
    if (!firstBytes.startsWith(start.toString())) throw notOurs(path, 'holds something else than records');
    return endOfLines(handle, size);
  });
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
      if (records.length > 0) await file.append(Buffer.from(records.map(lineOf).join('')));
    },
    close: () => file.close(),
  };
}

function lineOf({ info: { patron_id, ...rest } }: EncodedRecord): string {
  return `${JSON.stringify({ patron_id, ...rest })}\n`;
}

/** What stands behind the last line break is a part of a line. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - pieceBytes);
    const at = (await read(handle, start, end - start)).lastIndexOf('\n');
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
