import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/demo/random.ts';
import { temporaryDirectory } from '../support/command.ts';
import { type CommandProcess, startCommand } from '../support/command-process.ts';
import { patronInfoSchema } from '../support/poller.ts';
import { startPostgres } from '../support/postgres.ts';
import { makeSierra } from '../support/sierra.ts';

const number = (name: string, otherwise: number) => Number(process.env[name] || otherwise);
const patrons = number('CHAOS_PATRONS', 200_000);
const kills = number('CHAOS_KILLS', 20);
const crashes = number('CHAOS_CRASHES', 2);
const seed = number('CHAOS_SEED', Math.floor(Math.random() * 1_000_000));
const workers = 4;

/** A batch that was sent and not noted, of each of the two ranges that a worker has under way. */
const repeatedByDeath = 2 * 1000;

it(`a back-fill of ${patrons} patrons survives ${kills} kills and ${crashes} crashes of PostgreSQL`, async () => {
  console.log(`Seed ${seed}`);
  const random = createRandom(seed);
  const postgres = await startPostgres({ isOwn: true });
  const database = await postgres.freshDatabase();
  await makeSierra(database);
  await database.query(`
    INSERT INTO sierra_view.record_metadata
      SELECT 1000 + 3 * n, 'p', now() - interval '1 year', now() - interval '1 year' FROM generate_series(1, ${patrons}) AS n;
    INSERT INTO sierra_view.patron_view SELECT 1000 + 3 * n, 10, 2, 'ml', NULL FROM generate_series(1, ${patrons}) AS n;
    INSERT INTO sierra_view.patron_record_address (patron_record_id, patron_record_address_type_id, display_order, addr1,
      city, region, postal_code) SELECT 1000 + 3 * n, 1, 0, n || ' MAIN ST', 'NEW YORK', 'NY', '10001'
      FROM generate_series(1, ${patrons}) AS n;
    CREATE UNIQUE INDEX ON sierra_view.record_metadata (id);
    CREATE UNIQUE INDEX ON sierra_view.patron_view (id);
    CREATE INDEX ON sierra_view.patron_record_address (patron_record_id);
    ANALYZE;
    ALTER TABLE patron_info ADD UNIQUE (patron_id), ADD COLUMN writes int DEFAULT 1;
    CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.writes = OLD.writes + 1; RETURN NEW; END';
    CREATE TRIGGER counted BEFORE UPDATE ON patron_info FOR EACH ROW EXECUTE FUNCTION counted()`);
  const directory = await temporaryDirectory();
  const { user, password } = database;
  const url = `${database.url}?sslmode=disable`;
  await writeFile(join(directory, 'patron-info.avsc'), JSON.stringify(patronInfoSchema));
  await writeFile(
    join(directory, 'patronflow.yaml'),
    `job: poll
sierra: { url: "${url}", user: "${user}", password: "${password}" }
warehouse: { url: "${url}", user: "${user}", password: "${password}", table: patron_info }
obfuscation: { method: hmac-sha256, key: c2b7f0a914e86d355a19d0be7843f62c }
geocoding: { geocoders: [] }
schema: file:./patron-info.avsc
records: { to: "${url}", postgres: { user: "${user}", password: "${password}" } }
checkpoint: { ignored: true }
`,
  );
  const environment = { QUEUE_URL: url, QUEUE_USER: user, QUEUE_PASSWORD: password };
  const start = (...args: string[]): CommandProcess =>
    startCommand(['backfill', ...args], { workingDirectory: directory, environment });
  const planned = await start('plan').ended;
  expect(planned.code, planned.stderr).toBe(0);

  // The crash of the server ends the test's connection, too.
  const ask = async (sql: string): Promise<Record<string, unknown> | undefined> => {
    const client = new pg.Client({ connectionString: url.replace('://', `://${user}:${password}@`) });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows[0];
    } finally {
      await client.end();
    }
  };
  const counted = async (): Promise<{ sent: number; writes: number }> => {
    const row = await ask('SELECT count(*)::int AS sent, sum(writes)::int AS writes FROM patron_info');
    return { sent: Number(row?.sent), writes: Number(row?.writes ?? 0) };
  };
  const startedAt = performance.now();
  let crew = Array.from({ length: workers }, () => start('work'));
  let killed = 0;
  let crashed = 0;
  const ends: (number | null)[] = [];
  for (const worker of crew) void worker.ended.then(({ code }) => ends.push(code));
  while (killed < kills || crashed < crashes) {
    await sleep(500 + random() * 1500);
    if (ends.includes(0)) break;
    if (crashed < crashes && random() < crashes / (kills + crashes)) {
      crashed += 1;
      // The server takes the death of one of its processes for damage: it ends all others, and recovers from its log.
      const row = await ask(
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' LIMIT 1",
      ).catch(() => undefined);
      if (row) process.kill(Number(row.pid), 'SIGKILL');
      await sleep(500);
      continue;
    }
    const [victim, ...others] = crew.sort(() => random() - 0.5);
    victim?.child.kill('SIGKILL');
    killed += 1;
    const next = start('work');
    void next.ended.then(({ code }) => ends.push(code));
    crew = [...others, next];
  }
  const ended = await Promise.all(crew.map((worker) => worker.ended));
  const seconds = (performance.now() - startedAt) / 1000;
  const { sent, writes } = await counted();
  console.log(
    `${killed} kills, ${crashed} crashes, ${seconds.toFixed(0)} s: ${sent} patrons sent, ${writes - sent} of them once more`,
  );
  for (const { code, stdout, stderr } of ended)
    if (code !== 0) console.log(code, stdout, stderr.slice(-1500));
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
  expect(sent).toBe(patrons);
  expect(writes - sent).toBeLessThanOrEqual((killed + crashed * workers) * repeatedByDeath);
  rmSync(directory, { recursive: true, force: true });
  await postgres.stop();
});
