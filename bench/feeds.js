// `npm run bench`: reading 30 columns in several dialects beside CSV, and a load of a query over two tables (a join with a file of
// cards, the best of several rows), each in a process of its own, one after the other.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const [mode, directory, countText] = process.argv.slice(2);

const columns = ['PIDM', 'FIRST', 'LAST', 'EMAIL', 'ECLS', 'EXPIRES'].concat(
  Array.from({ length: 24 }, (_, at) => `COLUMN_${at}`),
);
const header = columns.join(',');

/** How each file is written, and what its table says of it. */
const dialects = {
  'CSV, as csv: reads it': { file: 'people.csv', join: ',' },
  'comma, quotes': { file: 'PEOPLE.csv', join: ',', format: '{}' },
  'pipe, no quotes': { file: 'PEOPLE.pipe', join: '|', format: '{ delimiter: "|", quote: none }' },
  'tab, windows-1252': {
    file: 'PEOPLE.tab',
    join: '\t',
    format: '{ delimiter: tab, encoding: windows-1252 }',
  },
  'fixed widths': { file: 'PEOPLE.fixed', format: `{ positions: { ${positions()} } }` },
};

if (mode === 'read') await read(process.argv[5]);
else if (mode === 'load') await load();
else compare();

function compare() {
  const sizes = mode ? [Number(mode)] : [100_000, 1_000_000];
  for (const size of sizes) {
    const folder = mkdtempSync(join(tmpdir(), 'patronflow-bench-'));
    try {
      write(folder, size);
      console.log('rows       what                            seconds     rows/s   peak MB   of CSV');
      const first = child('read', folder, size, Object.keys(dialects)[0]);
      for (const name of Object.keys(dialects))
        line(size, `read ${name}`, child('read', folder, size, name), first);
      line(size, 'load: join, best of rows', child('load', folder, size), null);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function line(size, what, run, first) {
  const share = first ? `${Math.round((first.seconds / run.seconds) * 100)} %`.padStart(8) : '';
  const speed = Math.round(size / run.seconds).toLocaleString('en-US');
  console.log(
    `${String(size).padEnd(10)} ${what.padEnd(30)} ${run.seconds.toFixed(1).padStart(8)} ${speed.padStart(10)} ${String(run.megabytes).padStart(9)} ${share}`,
  );
}

function child(name, folder, size, dialect = '') {
  const args = [self, name, folder, String(size), dialect];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${dialect}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** One in ten people has two rows, one in five no card. */
function rowOf(index) {
  const id = 900_000_000 + Math.floor(index * 0.9);
  return [
    id,
    `Zoë${index % 977}`,
    `Muñoz${index % 4999}`,
    `u${id}@example.edu`,
    ['FAC', 'ST', 'UG'][index % 3],
    '31-MAY-27',
  ].concat(Array.from({ length: 24 }, (_, at) => `value ${(index * 31 + at * 7) % 1000}`));
}

function positions() {
  return columns.map((name, at) => `${name}: ${at * 24 + 1}-${at * 24 + 24}`).join(', ');
}

function write(folder, size) {
  mkdirSync(join(folder, 'data'));
  const pieces = Object.fromEntries(Object.keys(dialects).map((name) => [name, '']));
  const flush = () => {
    for (const [name, { file }] of Object.entries(dialects)) {
      const encoding = name.includes('windows-1252') ? 'latin1' : 'utf8';
      writeFileSync(join(folder, 'data', file), Buffer.from(pieces[name], encoding), { flag: 'a' });
      pieces[name] = '';
    }
  };
  for (const [name, dialect] of Object.entries(dialects))
    if (dialect.join) pieces[name] = `${header.replaceAll(',', dialect.join)}\n`;
  let cards = 'PIDM,CARD_NO,ISSUED\n';
  for (let index = 0; index < size; index += 1) {
    const row = rowOf(index);
    for (const [name, dialect] of Object.entries(dialects))
      pieces[name] += dialect.join
        ? `${row.join(dialect.join)}\n`
        : `${row.map((value) => String(value).padEnd(24)).join('')}\n`;
    if (index % 5 > 0 && index < size * 0.9)
      cards += `${900_000_000 + index},2${String(index).padStart(8, '0')},2026-01-01\n`;
    if (index % 1000 === 999) flush();
  }
  flush();
  writeFileSync(join(folder, 'data', 'CARDS.csv'), cards);
  // A file that was written just now is looked at twice.
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const file of [...Object.values(dialects).map(({ file }) => file), 'CARDS.csv'])
    utimesSync(join(folder, 'data', file), anHourAgo, anHourAgo);
  writeFileSync(
    join(folder, 'person.xml'),
    '<user><primary_id>{{PIDM}}</primary_id><first_name>{{FIRST}}</first_name><last_name>{{LAST}}</last_name>' +
      '<user_group>{{ECLS}}</user_group><expiry_date>{{EXPIRY}}</expiry_date><user_identifiers><user_identifier>' +
      '<id_type>BARCODE</id_type><value>{{CARD_NO}}</value></user_identifier></user_identifiers></user>',
  );
}

function configuration({ file, format }, group) {
  return [
    'job: load',
    'source: { url: "file:./data" }',
    'tables:',
    `  people: { file: ${file}, format: ${format} }`,
    '  cards: { file: CARDS.csv }',
    'groups:',
    '  - name: people',
    `    ${group}`,
    '    person: PIDM',
    '    template: person.xml',
    'deliver: { to: "file:./out" }',
    'log: { level: error }',
    '',
  ].join('\n');
}

async function measured(work) {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
}

async function read(name) {
  const never = new AbortController().signal;
  const dialect = dialects[name];
  const source = dialect.format ? await tables(dialect) : await csv();
  await measured(async () => {
    let rows = 0;
    for await (const batch of source.rows({ group: 'people', table: 'people' }, never))
      rows += batch.rows.length;
    if (rows !== Number(countText)) throw new Error(`${rows} rows`);
  });
}

async function csv() {
  const { createCsvRows } = await import('../dist/adapters/rows/csv.js');
  return createCsvRows({ directory: join(directory, 'data') });
}

async function tables(dialect) {
  const { readConfig } = await import('../dist/config/read-config.js');
  const { loadSchema } = await import('../dist/config/load-schema.js');
  const { wireSource } = await import('../dist/cli/wire-tables.js');
  const text = { name: 'bench', directory, yaml: configuration(dialect, 'table: people') };
  const config = readConfig(loadSchema, text, { environment: {}, workingDirectory: directory });
  return wireSource(config, new Date(), () => null);
}

async function load() {
  const query =
    'query: "SELECT p.*, c.CARD_NO, strptime(EXPIRES, \'%d-%b-%y\')::DATE AS EXPIRY FROM people p LEFT JOIN cards c USING (PIDM) QUALIFY row_number() OVER (PARTITION BY PIDM ORDER BY ECLS) = 1"';
  writeFileSync(join(directory, 'patronflow.yaml'), configuration(dialects['pipe, no quotes'], query));
  const { main } = await import('../dist/cli/main.js');
  await measured(async () => {
    let out = '';
    const code = await main(['load', '--config', join(directory, 'patronflow.yaml'), '--json'], {
      environment: {},
      workingDirectory: directory,
      stdout: { write: (text) => (out += text) },
      stderr: process.stderr,
      pid: process.pid,
      space: 'bench',
      uid: process.getuid?.() ?? null,
      isAlive: () => true,
      signal: new AbortController().signal,
    });
    if (code !== 0) throw new Error(`exit ${code}: ${out}`);
  });
}
