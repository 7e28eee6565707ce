// Writes data/places.tsv, the places of the Postal Service's ZIP codes, from a table of GeoNames: the same bytes for
// the same table.
//
//   npm run build && node scripts/write-places.js US.txt
//
// US.txt is in https://download.geonames.org/export/zip/US.zip; its columns are told there: country, ZIP code, place,
// state, the state's letters, and others.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { placeKey } from '../dist/geo/place-key.js';

const header = `# The places of ZIP codes (src/geo/places.ts), written by scripts/write-places.js; do not edit.
# From the postal codes of GeoNames (https://www.geonames.org), under the Creative Commons Attribution 4.0 License
# (https://creativecommons.org/licenses/by/4.0/): a line has the letters of a state, a
# place as it is compared (src/geo/place-key.ts), and its ZIP codes.
`;

const zips = new Map();
for (const line of readFileSync(argv[2] ?? '', 'utf8').split('\n')) {
  const [, zip, place, , state] = line.split('\t');
  // Army, fleet and diplomats abroad have no streets.
  if (!zip || !place || !state || /^A[AEP]$/.test(state)) continue;
  const key = `${state}\t${placeKey(place)}`;
  zips.set(key, (zips.get(key) ?? new Set()).add(zip));
}
const lines = [...zips].map(([key, codes]) => `${key}\t${[...codes].sort().join(' ')}\n`).sort();
writeFileSync(new URL('../data/places.tsv', import.meta.url), header + lines.join(''));
