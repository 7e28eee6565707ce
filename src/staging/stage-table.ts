import { itemsUntilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import type { FileReading, UnreadableRow } from '../feeds/table-rows.ts';
import type { TableReading } from '../load/ports.ts';
import type { OpenTable } from './open-table.ts';
import { StagedFile } from './staged-file.ts';

/** Unreadable lines that are listed of a table, as many as of a group. */
const listedLines = 100;

/** A table that was read once, into a file of the private work folder. */
export interface StagedTable {
  readonly reading: TableReading;
  readonly path: string;
}

/**
 * Reads a table into a file.
 * @param values whether blanks around values are taken away, so that joins find what looks alike
 */
export async function stageTable(
  open: OpenTable,
  path: string,
  values: 'trim' | 'keep',
  signal: AbortSignal,
): Promise<StagedTable> {
  const { name } = open.table;
  const file = new StagedFile(path, name);
  const files: FileReading[] = [];
  const unreadable: UnreadableRow[] = [];
  const width = (await open.columns(signal)).length;
  let rows = 0;
  try {
    for await (const batch of itemsUntilAborted(signal, open.rows(signal))) {
      for (const row of batch.rows) {
        if (row.length !== width) throw otherColumns(name);
        const behind = file.write(values === 'trim' ? row.map((value) => value?.trim() ?? null) : row);
        if (behind) await behind;
      }
      rows += batch.rows.length;
      unreadable.push(...(batch.unreadable ?? []).slice(0, listedLines - unreadable.length));
      if (batch.file) files.push(batch.file);
    }
    await file.close();
  } catch (error) {
    file.abandon();
    throw error;
  }
  return { path, reading: { name, rows, bytes: await open.bytes(signal), files, unreadable } };
}

function otherColumns(name: string): PatronflowError {
  return new PatronflowError('SOURCE_QUERY', `The table ${name} changed its columns while it was read.`, {
    hint: 'Run again; if it stays so, look at its source.',
  });
}
