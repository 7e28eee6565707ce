// Measures how often the offline geocoder is wrong where its files or the question have a fault.
//
//   npm run build && node scripts/measure-geocoding.js [FOLDER ...] [--json]
//
// A folder has the TIGER/Line files of one county or more: ADDRFEAT and FACES. Without one, two invented counties
// are measured. An address of every side of every street is asked for
//   - as it is, in an index of everything, and in one without 15 % of all edges, chosen by a hash of their TLID,
//   - with a digit of the house number or of the street's number lost or swapped with the next one,
//   - with another type, with the ZIP of another place of the county, without its directional.
// Of each it says how many were answered, and how many of these with another tract.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dbfOf, InventedCounty } from '../dist/demo/invented-county.js';
import { createRandom } from '../dist/demo/random.js';
import { IndexBuilder } from '../dist/geo/build-index.js';
import { readNumberRange } from '../dist/geo/house-number.js';
import { lookUp } from '../dist/geo/look-up.js';
import { readAddress } from '../dist/geo/read-address.js';
import { readTractIndex } from '../dist/geo/read-index.js';
import { findTigerFiles, withTable } from '../dist/geo/tiger-files.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' } },
});
const never = new AbortController().signal;
/** Of a hundred edges, those that are left out. */
const leftOut = 15;

// --- The sides of all streets ----------------------------------------------------------------------------------

async function rowsOf(files, kind, columnsOf) {
  const found = [];
  for (const file of files.filter((each) => each.kind === kind))
    await withTable(file.path, never, async (table) => {
      for await (const rows of table.rows(columnsOf(table.columns))) found.push(...rows);
    });
  return found;
}

async function sidesOf(folder) {
  const { files } = await findTigerFiles([folder], never);
  const year = (columns) => ['20', '10', '00', ''].find((each) => columns.includes(`TRACTCE${each}`));
  const tract = (columns) => ['STATEFP', 'COUNTYFP', 'TRACTCE'].map((name) => name + year(columns));
  const faceRows = await rowsOf(files, 'faces', (columns) => ['TFID', ...tract(columns)]);
  const faces = new Map(faceRows.map(([face, ...geoid]) => [face, geoid.join('')]));
  const side = (letter) => [
    `${letter}FROMHN`,
    `${letter}TOHN`,
    `PARITY${letter}`,
    `ZIP${letter}`,
    `TFID${letter}`,
  ];
  const edges = await rowsOf(files, 'addrfeat', () => ['TLID', 'FULLNAME', ...side('L'), ...side('R')]);
  return edges.flatMap(([edge, name, ...values]) =>
    [values.slice(0, 5), values.slice(5)]
      .filter(([from, to]) => from !== '' || to !== '')
      .map(([from, to, parity, zip, face]) => ({
        edge,
        names: [name],
        from,
        to,
        parity,
        zip,
        geoid: faces.get(face) ?? null,
        isOffset: false,
      })),
  );
}

function indexOf(sides) {
  const builder = new IndexBuilder();
  for (const side of sides) builder.add(side);
  return readTractIndex(new Uint8Array(Buffer.concat(builder.encode([], '').bytes)), '');
}

/** FNV-1a, so that the same edges are left out each time. */
function hashOf(text) {
  let hash = 2_166_136_261;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619) >>> 0;
  return hash;
}

/** The city of each ZIP, and the letters of its state. */
const cities = new Map(
  readFileSync(new URL('../data/places.tsv', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, , zips]) => zips !== undefined)
    .flatMap(([state, city, zips]) => zips.split(' ').map((zip) => [zip, `${city}, ${state}`])),
);

function addressesOf(sides, random) {
  return sides.flatMap(({ names: [street], from, to, parity, zip, geoid }) => {
    const range = readNumberRange(from, to, parity);
    if (typeof range === 'string' || geoid === null || !/^\d{5}$/.test(zip) || zip === '99999') return [];
    const step = range.parity === 'both' ? 1 : 2;
    const number = range.low + step * Math.floor((random() * (range.high - range.low + step)) / step);
    return [{ number: `${range.prefix}${number}`, street, zip, city: cities.get(zip) ?? '', geoid }];
  });
}

// --- What people do to an address ------------------------------------------------------------------------------

const pick = (list, random) => list[Math.floor(random() * list.length)];

/** A text without one of its digits; null when it has fewer than two, or would begin with 0. */
function lose(text, random) {
  const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
  if (digits.length < 2) return null;
  const at = pick(digits, random);
  return plausible(text.slice(0, at) + text.slice(at + 1), text);
}

/** A text with two digits in the other order. */
function swap(text, random) {
  const pairs = [...text.matchAll(/(\d)(?=(\d))/g)].filter(([, one, next]) => one !== next);
  if (pairs.length === 0) return null;
  const { index: at } = pick(pairs, random);
  return plausible(text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2), text);
}

function plausible(changed, text) {
  if (changed === text || /\b0/.test(changed)) return null;
  return changed.replace(/\b(\d+)(?:st|nd|rd|th)\b/i, (_, digits) => {
    const ending = /1[123]$/.test(digits) ? 'th' : { 1: 'st', 2: 'nd', 3: 'rd' }[digits.at(-1)];
    return digits + (ending ?? 'th');
  });
}

/** As InventedCounty and TIGER/Line write them. */
const types = ['St', 'Ave', 'Rd', 'Dr', 'Ln', 'Ct', 'Pl', 'Blvd', 'Cir'];

const faults = {
  'a digit of the house number lost': (address, random) =>
    with_(address, 'number', lose(address.number, random)),
  'digits of the house number swapped': (address, random) =>
    with_(address, 'number', swap(address.number, random)),
  "a digit of the street's number lost": (address, random) =>
    with_(address, 'street', lose(address.street, random)),
  "digits of the street's number swapped": (address, random) =>
    with_(address, 'street', swap(address.street, random)),
  'another type': (address, random) => {
    const [, name, type, rest] =
      /^(.+ )(St|Ave|Rd|Dr|Ln|Ct|Pl|Blvd|Cir)((?: [NSEW]{1,2})?)$/.exec(address.street) ?? [];
    const others = types.filter((other) => other !== type);
    return with_(address, 'street', name === undefined ? null : name + pick(others, random) + rest);
  },
  'the ZIP of another place': (address, random, zips) => {
    const others = zips.filter((zip) => cities.get(zip) !== address.city);
    return with_(address, 'zip', others.length === 0 ? null : pick(others, random));
  },
  'without its directional': (address) => {
    const street = address.street.replace(/^[NSEW]{1,2} | [NSEW]{1,2}$/, '');
    return with_(address, 'street', street === address.street ? null : street);
  },
};

function with_(address, part, value) {
  return value === null ? null : { ...address, [part]: value };
}

// --- What comes of it ------------------------------------------------------------------------------------------

function measure(index, addresses) {
  const sums = { asked: 0, answered: 0, wrong: 0, wrongBy: {} };
  for (const { number, street, city, zip, geoid } of addresses) {
    const found = lookUp(index, readAddress(`${number} ${street}, ${city} ${zip}`, zip));
    sums.asked += 1;
    if (found.geoid === null) continue;
    sums.answered += 1;
    if (found.geoid === geoid) continue;
    sums.wrong += 1;
    sums.wrongBy[found.reason] = (sums.wrongBy[found.reason] ?? 0) + 1;
  }
  return sums;
}

async function measureFolder(folder) {
  const random = createRandom(1);
  const sides = await sidesOf(folder);
  const addresses = addressesOf(sides, random);
  const zips = [...new Set(addresses.map(({ zip }) => zip))];
  const whole = indexOf(sides);
  const part = indexOf(sides.filter(({ edge }) => hashOf(edge) % 100 >= leftOut));
  const results = {
    'as they are': measure(whole, addresses),
    [`with ${leftOut} % of all edges left out`]: measure(part, addresses),
  };
  for (const [name, change] of Object.entries(faults)) {
    const changed = addresses
      .map((address) => change(address, random, zips))
      .filter((address) => address !== null);
    results[name] = measure(whole, changed);
  }
  return results;
}

/** Folders of invented counties: one with streets from end to end, one with quarters, whose streets are namesakes. */
function inventedFolders(parent) {
  return [false, true].map((hasQuarters) => {
    const folder = join(parent, hasQuarters ? 'with quarters' : 'plain');
    mkdirSync(folder);
    // Four places of Massachusetts, whose ZIP codes follow each other.
    const options = { county: '25901', firstZip: 1007, blocks: 20, tractBlocks: 4 };
    const county = new InventedCounty({ ...options, hasQuarters });
    const tables = {
      '25901_addrfeat': county.addrfeat(),
      '25901_faces': county.faces(),
      '25902_faces': county.faces(true),
    };
    for (const [name, table] of Object.entries(tables))
      writeFileSync(join(folder, `tl_2024_${name}.dbf`), Buffer.concat([...dbfOf(table)]));
    return folder;
  });
}

function print(folder, kinds) {
  console.log(folder);
  const share = (count, of) => `${((100 * count) / Math.max(1, of)).toFixed(2)} %`.padStart(9);
  for (const [kind, { asked, answered, wrong, wrongBy }] of Object.entries(kinds)) {
    const reasons = Object.entries(wrongBy).map(([reason, count]) => `${reason} ${count}`);
    const shares = `${share(answered, asked)} answered,${share(wrong, answered)} of them wrong`;
    console.log(`  ${kind.padEnd(40)}${String(asked).padStart(8)} asked,${shares}  ${reasons.join(', ')}`);
  }
}

const parent = mkdtempSync(join(tmpdir(), 'patronflow-measure-'));
try {
  const results = {};
  for (const folder of positionals.length > 0 ? positionals : inventedFolders(parent))
    results[basename(folder)] = await measureFolder(folder);
  if (options.json) console.log(JSON.stringify(results));
  else for (const [folder, kinds] of Object.entries(results)) print(folder, kinds);
} finally {
  rmSync(parent, { recursive: true });
}
