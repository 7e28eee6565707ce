// `npm run bench`: CSV -> zip beside the floor, plain string concatenation of the same bytes into the same zip,
// each in a process of its own, one after the other. Prints people/s, peak memory, and where the time goes.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';
import { measured, runLoad } from './measure.js';
import { person, userOf } from './people.js';
import { writePeople } from './write-people.js';

const self = fileURLToPath(import.meta.url);
const [mode, directory, countText] = process.argv.slice(2);
const count = Number(countText);

if (mode === 'floor') await floor();
else if (mode === 'load') await load();
else if (mode === 'read') await read();
else if (mode === 'fill') await fill();
else compare();

function compare() {
  const sizes = mode ? [Number(mode)] : [10_000, 100_000, 1_000_000];
  const work = mkdtempSync(join(tmpdir(), 'patronflow-bench-'));
  console.log('people     what                            seconds   people/s   peak MB   of the floor');
  try {
    for (const size of sizes) {
      const folder = join(work, String(size));
      writePeople(folder, size);
      const floorRun = child('floor', folder, size);
      const loadRun = child('load', folder, size);
      line(size, 'floor: concatenation -> zip', floorRun, floorRun);
      line(size, 'patronflow load: CSV -> zip', loadRun, floorRun);
      line(size, '  of it reading the CSV', child('read', folder, size));
      line(size, '  of it filling the template', child('fill', folder, size));
      if (floorRun.bytes !== loadRun.bytes)
        console.log(`  not the same bytes: ${floorRun.bytes} and ${loadRun.bytes}`);
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function line(size, what, run, floorRun) {
  const share = floorRun ? `${Math.round((floorRun.seconds / run.seconds) * 100)} %`.padStart(8) : '';
  const speed = Math.round(size / run.seconds).toLocaleString('en-US');
  console.log(
    `${String(size).padEnd(10)} ${what.padEnd(30)} ${run.seconds.toFixed(1).padStart(8)} ${speed.padStart(10)} ${String(run.megabytes).padStart(9)}   ${share}`,
  );
}

function child(name, folder, size) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, name, folder, String(size)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

async function floor() {
  await measured(async () => {
    const zip = new ZipFile();
    const path = join(directory, 'floor.zip');
    const done = pipeline(zip.outputStream, createWriteStream(path));
    const xml = new PassThrough({ highWaterMark: 256 * 1024 });
    zip.addReadStream(xml, 'people.xml');
    zip.end();
    let bytes = 0;
    let text = '<?xml version="1.0" encoding="utf-8"?>\n<users>\n';
    const flush = async () => {
      const piece = Buffer.from(text);
      text = '';
      bytes += piece.length;
      if (!xml.write(piece)) await new Promise((resolve) => xml.once('drain', resolve));
    };
    for (let index = 0; index < count; index += 1) {
      text += userOf(person(index));
      if (text.length > 256 * 1024) await flush();
    }
    text += '</users>\n';
    await flush();
    xml.end();
    await done;
    return bytes;
  });
}

async function load() {
  const { default: yauzl } = await import('yauzl');
  await measured(async () => {
    const report = await runLoad(directory);
    const zip = await yauzl.openPromise(join(directory, 'out', report.receipts[0].key));
    for await (const entry of zip.eachEntry()) return entry.uncompressedSize;
  });
}

async function read() {
  const { createCsvRows } = await import('../dist/adapters/rows/csv.js');
  await measured(async () => {
    let rows = 0;
    const source = createCsvRows({ directory: join(directory, 'data') });
    for await (const batch of source.rows({ group: 'people' }, new AbortController().signal))
      rows += batch.rows.length;
    return rows;
  });
}

async function fill() {
  const { compileTemplate } = await import('../dist/load/template/user-template.js');
  const { Calendars } = await import('../dist/load/calendars.js');
  const { LookupTables } = await import('../dist/load/lookup-tables.js');
  const run = { now: new Date(), lookups: new LookupTables(new Map()), calendars: new Calendars() };
  const compiled = compileTemplate('person.xml', readFileSync(join(directory, 'person.xml'), 'utf8'), run, {
    required: [],
    allowed: {},
  });
  await measured(async () => {
    let bytes = 0;
    for (let index = 0; index < count; index += 1)
      bytes += Buffer.byteLength(compiled.fill(person(index)).xml);
    return bytes;
  });
}
