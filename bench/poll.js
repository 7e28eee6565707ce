// `npm run bench -- poll`: (a) bcrypt through the obfuscator beside the same binding on a thread for every core, and
// (b) patrons/s of whole runs of the preset, from a real PostgreSQL into local servers with a latency.
// Each figure comes from a process of its own, one after the other.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { hashSync } from '@node-rs/bcrypt';
import { fillSierra } from './fill-sierra.js';

const self = fileURLToPath(import.meta.url);
const cores = availableParallelism();
const saltOf = (cost) => `$2a$${String(cost).padStart(2, '0')}$8AvAPrrUsmlBa50qgc683e`;
const saltBytes = Buffer.from('f82c4246db56ba89c373bdac89ef3ee6', 'hex');
const hmacKey = 'c2b7f0a914e86d355a19d0be7843f62c';

if (!isMainThread) hashAll(workerData);
else if (process.argv[2] === 'hash') await hash(Number(process.argv[3]), Number(process.argv[4]));
else if (process.argv[2] === 'reference') await reference(Number(process.argv[3]), Number(process.argv[4]));
else if (process.argv[2] === 'poll') await poll(process.argv[3]);
else await compare(process.argv.slice(2).map(Number));

async function compare(sizes) {
  console.log(`${cores} cores\n\ncost    reference: threads      obfuscator     share`);
  for (const [cost, count] of [
    [4, 6000],
    [10, 120],
  ]) {
    const most = child(['reference', cost, count]);
    const ours = child(['hash', cost, count]);
    console.log(
      `${String(cost).padEnd(8)}${rate(most)}/s ${rate(ours)}/s ${`${Math.round((100 * ours.rate) / most.rate)} %`.padStart(9)}`,
    );
  }
  const { startEmbeddedPostgres } = await import('../dist/demo/embedded-postgres.js');
  const postgres = await startEmbeddedPostgres(new AbortController().signal);
  try {
    console.log('\npatrons    hash         latency ms    seconds   patrons/s   peak MB');
    for (const size of sizes.length > 0 ? sizes : [10_000, 100_000]) {
      const database = await fillSierra(postgres.url, size);
      for (const hashing of ['bcrypt cost 4', 'hmac-sha256']) {
        for (const latency of [0, 300]) {
          const servers = spawn(process.execPath, [
            fileURLToPath(new URL('poll-servers.js', import.meta.url)),
            String(latency),
          ]);
          const [line] = await once(createInterface({ input: servers.stdout }), 'line');
          const settings = JSON.stringify({ database, hashing, ...JSON.parse(line) });
          const run = child(['poll', settings]);
          servers.kill();
          console.log(
            `${String(size).padEnd(10)} ${hashing.padEnd(14)} ${String(latency).padStart(8)} ${run.seconds.toFixed(1).padStart(10)} ${Math.round(
              size / run.seconds,
            )
              .toLocaleString('en-US')
              .padStart(11)} ${String(run.megabytes).padStart(9)}`,
          );
        }
      }
    }
  } finally {
    await postgres.stop();
  }
}

function rate(run) {
  return Math.round(run.rate).toLocaleString('en-US').padStart(16);
}

function child(args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, ...args.map(String)], {
    encoding: 'utf8',
    env: { ...process.env, UV_THREADPOOL_SIZE: String(Math.max(4, cores)) },
  });
  if (status !== 0) throw new Error(`${args[0]}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

async function reference(cost, count) {
  const each = Math.ceil(count / cores);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: cores }, (_, index) =>
      once(new Worker(self, { workerData: { cost, from: index * each, count: each } }), 'exit'),
    ),
  );
  console.log(JSON.stringify({ rate: (each * cores * 1000) / (performance.now() - start) }));
}

function hashAll({ cost, from, count }) {
  for (let index = from; index < from + count; index += 1) hashSync(`input ${index}`, cost, saltBytes);
}

async function hash(cost, count) {
  const { createObfuscator } = await import('../dist/poll/obfuscate.js');
  const options = { method: 'bcrypt', salt: saltOf(cost), longInput: 'truncate' };
  const obfuscator = createObfuscator(options, Number(process.env.UV_THREADPOOL_SIZE));
  const texts = Array.from({ length: count }, (_, index) => `input ${index}`);
  const start = performance.now();
  await obfuscator.obfuscate(texts, new AbortController().signal);
  console.log(JSON.stringify({ rate: (count * 1000) / (performance.now() - start) }));
}

async function poll(text) {
  const settings = JSON.parse(text);
  const { hostname, port, pathname, username, password } = new URL(settings.database);
  const preset = fileURLToPath(new URL('../presets/patron-info-poller/', import.meta.url));
  const yaml = readFileSync(join(preset, 'patronflow.yaml'), 'utf8').replace(
    './patron-info.avsc',
    join(preset, 'patron-info.avsc'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'patronflow-bench-'));
  const config = join(folder, 'patronflow.yaml');
  const hmac = `obfuscation:\n  method: hmac-sha256\n  key: ${hmacKey}\n`;
  writeFileSync(
    config,
    settings.hashing === 'hmac-sha256' ? yaml.replace(/obfuscation:\n( .*\n)+/, hmac) : yaml,
  );
  const database = {
    HOST: hostname,
    PORT: port,
    NAME: pathname.slice(1),
    USER: username,
    PASSWORD: password,
  };
  const environment = Object.fromEntries(
    ['SIERRA', 'REDSHIFT'].flatMap((system) =>
      Object.entries(database).map(([key, value]) => [`${system}_DB_${key}`, value]),
    ),
  );
  Object.assign(process.env, environment, {
    BCRYPT_SALT: saltOf(4),
    GEOCODER_API_BASE_URL: `${settings.census}/batch`,
    KINESIS_STREAM_ARN: 'arn:aws:kinesis:us-east-1:111122223333:stream/PatronInfo',
    S3_BUCKET: 'states',
    S3_RESOURCE: 'state.json',
    AWS_ENDPOINT_URL_S3: settings.s3,
    AWS_ENDPOINT_URL_KINESIS: settings.kinesis,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    LOG_LEVEL: 'error',
  });
  const args = ['poll', '--config', config, '--mode', 'new', '--json', '--now', '2026-12-31T00:00:00Z'];
  process.argv.splice(2, process.argv.length, ...args);
  const start = performance.now();
  process.on('exit', (code) => {
    if (code !== 0) return;
    const seconds = (performance.now() - start) / 1000;
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    writeSync(1, `${JSON.stringify({ seconds, megabytes })}\n`);
  });
  // As the command is started, with its settings of the machine.
  createRequire(import.meta.url)('../dist/launch.cjs')([]);
}
