import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { PatronflowError } from '../core/errors.ts';
import { startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { type InventedRow, inventPeople } from '../demo/invented-people.ts';
import { number } from '../report/load-text.ts';
import { loadCommand } from './load.ts';
import type { Terminal } from './terminal.ts';

export interface DemoOptions {
  readonly out: string;
  readonly people: number;
  readonly seed: number;
}

/** `patronflow demo`: the real job, on invented people in a real PostgreSQL, delivered into a folder. */
export async function demoCommand({ out, people, seed }: DemoOptions, terminal: Terminal): Promise<number> {
  const directory = resolve(terminal.workingDirectory, out);
  const say = (text: string) => terminal.stdout.write(`${text}\n`);
  await claim(directory);
  for (const name of ['alma', 'alma-ledger', 'report.html'])
    await rm(join(directory, name), { recursive: true, force: true });

  say(`Inventing ${number(people)} people and starting an embedded PostgreSQL …`);
  const { staff, students } = inventPeople(people, seed);
  const postgres = await startEmbeddedPostgres();
  try {
    await fill(postgres.url, 'LIBRARY_EMPLOYEE', staff);
    await fill(postgres.url, 'LIBRARY_STUDENT', students);
    const demo: Terminal = {
      ...terminal,
      workingDirectory: directory,
      environment: {
        DATA_WAREHOUSE_URL: postgres.url,
        DELIVERY_URL: 'file:./alma',
        WORKSPACE: 'demo',
        LOG_LEVEL: 'critical',
      },
    };
    say('Loading them with the preset patronload:\n');
    const code = await loadCommand({ config: 'preset:patronload', report: 'report.html' }, demo);
    if (code !== 0) return code;

    say('\nThe next night the warehouse has lost its barcodes (a dry run shows what would happen):\n');
    await query(postgres.url, 'UPDATE LIBRARY_STUDENT SET LIBRARY_ID = NULL');
    let text = '';
    const listening = { ...demo, stdout: { write: (chunk: string) => (text += chunk) } };
    const held = await loadCommand({ config: 'preset:patronload', dryRun: true }, listening);
    say(`${text.split('\n\n', 2).join('\n')}\nExit code ${held}.`);
  } finally {
    await postgres.stop();
  }
  say(
    `\nWhat Alma would fetch: ${join(directory, 'alma')}\nThe report as a page:  ${join(directory, 'report.html')}`,
  );
  say('Next: `patronflow init load my-library` writes a configuration of your own; docs/ has the rest.');
  return 0;
}

/** Left in a demo's directory, so that no other one is ever taken for it and emptied. */
const marker = '.patronflow-demo';

async function claim(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const names = await readdir(directory);
  if (names.length > 0 && !names.includes(marker)) {
    throw new PatronflowError('USAGE', `${directory} is not empty and not a demo's; nothing was touched.`, {
      hint: 'Name a new directory with --out.',
    });
  }
  await writeFile(join(directory, marker), '');
}

async function fill(url: string, table: string, rows: readonly InventedRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  await query(url, `CREATE TABLE ${table} (${columns.map((column) => `${column} text`).join(', ')})`);
  // PostgreSQL takes neither NUL nor half an emoji; a surrogate alone becomes U+FFFD on the way, as in any UTF-8.
  const arrays = columns.map((column) => rows.map((row) => row[column] ?? null));
  const unnest = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  await query(url, `INSERT INTO ${table} SELECT * FROM unnest(${unnest})`, arrays);
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
