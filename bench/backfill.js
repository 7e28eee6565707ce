// `npm run bench -- backfill`: a back-fill of 200,000 patrons by 1, 2 and 4 workers of one core each, from a real PostgreSQL through its
// queue into a table. Prints patrons a second, and the share of a worker alone that each worker comes to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/demo/embedded-postgres.js';
import { fillSierra } from './fill-sierra.js';

const patrons = Number(process.argv[2] ?? 200_000);
const bin = fileURLToPath(new URL('../dist/bin.cjs', import.meta.url));
const schema = fileURLToPath(new URL('../presets/patron-info-poller/patron-info.avsc', import.meta.url));

const postgres = await startEmbeddedPostgres(new AbortController().signal);
const folder = mkdtempSync(join(tmpdir(), 'patronflow-bench-'));
try {
  const database = `${await fillSierra(postgres.url, patrons)}?sslmode=disable`;
  writeFileSync(
    join(folder, 'patronflow.yaml'),
    `job: poll
sierra: { url: "${database}" }
warehouse: { url: "${database}", table: sent }
obfuscation: { method: bcrypt, salt: "$2a$04$8AvAPrrUsmlBa50qgc683e" }
geocoding: { geocoders: [] }
schema: file:${schema}
records: { to: "${database}", postgres: { table: sent, create_table: true } }
checkpoint: { ignored: true }
`,
  );
  console.log(
    `${patrons} patrons, bcrypt cost 4, ${availableParallelism()} cores\n\nworkers    seconds   patrons/s   share of a worker alone`,
  );
  let alone = 0;
  for (const workers of [1, 2, 4]) {
    await query(database, 'DROP TABLE IF EXISTS sent');
    await run('plan');
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: workers }, () => run('work')));
    const seconds = (performance.now() - startedAt) / 1000;
    const [{ count }] = await query(database, 'SELECT count(*)::int AS count FROM sent');
    if (count !== patrons) throw new Error(`${count} patrons were sent`);
    const rate = patrons / seconds;
    if (workers === 1) alone = rate;
    const share = ((rate / workers / alone) * 100).toFixed(0);
    console.log(
      `${String(workers).padEnd(8)} ${seconds.toFixed(1).padStart(9)} ${Math.round(rate).toString().padStart(11)} ${`${share} %`.padStart(10)}`,
    );
  }

  async function run(command) {
    const child = spawn(process.execPath, [bin, 'backfill', command], {
      cwd: folder,
      // One thread for hashes: a worker is a core.
      env: { PATH: process.env.PATH, QUEUE_URL: database, UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command}: exit ${code}: ${said}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await postgres.stop();
}

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}
