import { PatronflowError } from '../../core/errors.ts';
import type { WorkbookFormat } from '../feed-format.ts';
import type { FeedRecord } from '../feed-record.ts';
import { parsePart } from './parse-part.ts';
import { SheetRows } from './sheet-rows.ts';
import { readParts } from './workbook-parts.ts';
import { damaged, WorkbookZip } from './workbook-zip.ts';

/** A sheet of a workbook that is being read. */
export interface Sheet {
  /** Its rows, a few at a time. */
  records(): AsyncGenerator<readonly FeedRecord[]>;
  /** Rows so far. */
  readonly rows: number;
  /** Cells with a formula so far. */
  readonly formulas: number;
}

/** @throws PatronflowError SOURCE_QUERY where the feed is no workbook, or has not the sheet */
export async function readSheet(
  chunks: AsyncIterable<Buffer>,
  name: string,
  format: WorkbookFormat,
): Promise<Sheet> {
  const zip = await WorkbookZip.open(chunks, name);
  const parts = await readParts(zip, name, format.sheet);
  const rows = new SheetRows(parts, format);
  return {
    async *records() {
      try {
        yield* parsePart(zip.read(parts.sheet), rows, () => rows.take());
      } catch (error) {
        throw error instanceof PatronflowError ? error : damaged(name, error);
      }
    },
    get rows() {
      return rows.count;
    },
    get formulas() {
      return rows.formulas;
    },
  };
}
