import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { fillTable, query } from '../demo/fill-table.ts';
import { inventPeople } from '../demo/invented-people.ts';
import { number } from '../report/words.ts';
import type { DemoContext } from './demo-context.ts';
import { loadCommand } from './load.ts';

/** A night of `load`, and the one after in which the warehouse has lost its barcodes. */
export async function demoLoad({
  postgresUrl,
  directory,
  people,
  seed,
  say,
  signal,
  contextWith,
}: DemoContext): Promise<number> {
  for (const name of ['alma', 'alma-ledger', 'report.html'])
    await rm(join(directory, name), { recursive: true, force: true });
  const { staff, students } = inventPeople(people, seed);
  await untilAborted(signal, fillTable(postgresUrl, 'LIBRARY_EMPLOYEE', staff));
  await untilAborted(signal, fillTable(postgresUrl, 'LIBRARY_STUDENT', students));
  const context = contextWith({
    DATA_WAREHOUSE_URL: postgresUrl,
    DELIVERY_URL: 'file:./alma',
    WORKSPACE: 'demo',
    LOG_LEVEL: 'critical',
  });

  say(`\n1. patronflow load: ${number(people)} invented people, with the preset patronload\n`);
  const code = await loadCommand({ config: 'preset:patronload', report: 'report.html' }, context);
  if (code !== 0) return code;

  say('\nThe next night the warehouse has lost its barcodes (a dry run shows what would happen):\n');
  await query(postgresUrl, 'UPDATE LIBRARY_STUDENT SET LIBRARY_ID = NULL');
  let text = '';
  const listening = { ...context, stdout: { write: (chunk: string) => (text += chunk) } };
  const held = await loadCommand({ config: 'preset:patronload', dryRun: true }, listening);
  signal.throwIfAborted();
  say(`${text.split('\n\n', 2).join('\n')}\nExit code ${held}.`);
  say(`\nWhat Alma would fetch: ${join(directory, 'alma')}`);
  say(`The report as a page:  ${join(directory, 'report.html')}`);
  return 0;
}
