import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { dbfOf, InventedCounty } from '../dist/demo/invented-county.js';
import { readHouseNumber } from '../dist/geo/house-number.js';
import { lookUp } from '../dist/geo/look-up.js';
import { readAddress } from '../dist/geo/read-address.js';
import { openTractIndex } from '../dist/geo/read-index.js';
import { readStreetName } from '../dist/geo/street-name.js';

/** A state of 1.5 million range sides: 62 counties, as many as New York has. */
const counties = 62;
const blocks = 77;

const bin = new URL('../dist/bin.cjs', import.meta.url).pathname;
/** Tells what the process took at most, in MB. */
const tellPeak =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+Math.round(process.resourceUsage().maxRSS/1024)))';
const seconds = (since) => (performance.now() - since) / 1000;

/** Calls a second of one core: by the time that it worked, so that others on the machine do not count. */
function perSecond(count, work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return `${Math.round((count / (user + system)) * 1e6).toLocaleString('en-US')}/s`;
}

const directory = mkdtempSync(join(tmpdir(), 'patronflow-bench-geo-'));
try {
  console.log(`Node ${process.version}, ${cpus().length} cores\n`);
  const state = Array.from(
    { length: counties },
    (_, place) =>
      new InventedCounty({
        county: String(36001 + place * 2),
        firstZip: 10_000 + place * 4,
        blocks,
        tractBlocks: 5,
      }),
  );
  for (const [place, county] of state.entries()) {
    const name = join(directory, `tl_2024_${36001 + place * 2}`);
    await write(`${name}_addrfeat.dbf`, county.addrfeat());
    await write(`${name}_faces.dbf`, county.faces());
    await write(`${name}_featnames.dbf`, county.featnames());
  }
  const index = join(directory, 'state.tracts');
  const started = performance.now();
  const built = spawnSync(
    process.execPath,
    ['--import', tellPeak, bin, 'geo', 'build', directory, '--out', index, '--json'],
    { encoding: 'utf8' },
  );
  if (built.status !== 0) throw new Error(built.stderr);
  const { ranges } = JSON.parse(built.stdout);
  const peak = Number(/peak (\d+)/.exec(built.stderr)?.[1] ?? 0);
  console.log(
    `build   ${ranges.toLocaleString('en-US')} range sides in ${seconds(started).toFixed(1)} s, peak ${peak} MB; ` +
      `${(statSync(index).size / 1e6).toFixed(1)} MB, ${(statSync(index).size / ranges).toFixed(1)} bytes a side`,
  );

  const opening = performance.now();
  const opened = await openTractIndex(index);
  console.log(`open    ${(1000 * seconds(opening)).toFixed(0)} ms`);

  const addresses = state
    .slice(0, 20)
    .flatMap((county) => [...county.addresses()].filter((_, place) => place % 7 === 0));
  const read = addresses.map(({ number, street, zip }) => ({
    number: readHouseNumber(number),
    street: readStreetName(street),
    zip,
    problem: null,
  }));
  shuffle(read);
  let found = 0;
  for (const question of read) found += lookUp(opened, question).geoid === null ? 0 : 1;
  const lookUps = perSecond(10 * read.length, () => {
    for (let round = 0; round < 10; round += 1) for (const question of read) lookUp(opened, question);
  });
  console.log(`look-up ${lookUps} (${found} of ${read.length} found)`);

  const lines = addresses
    .slice(0, 20_000)
    .map(({ number, street, zip }) => `${number} ${street} APT 4C, ALBANY NY ${zip}`);
  for (const line of lines.slice(0, 2000)) readAddress(line);
  const readings = perSecond(lines.length, () => {
    for (const line of lines) readAddress(line);
  });
  console.log(`read    ${readings} addresses in one line`);
} finally {
  rmSync(directory, { recursive: true });
}

async function write(path, table) {
  await finished(Readable.from(dbfOf(table)).pipe(createWriteStream(path)));
}

/** The order of a patron file: none. */
function shuffle(values) {
  let state = 1;
  for (let place = values.length - 1; place > 0; place -= 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const other = state % (place + 1);
    [values[place], values[other]] = [values[other], values[place]];
  }
}
