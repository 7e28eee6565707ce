// Trains the tagger of src/geo/tag-address.ts and writes data/address-weights.tsv: the same bytes for the same labels.
//
//   node scripts/train-addresses.js LABELS.jsonl[.gz] [...] [--check] [--evaluate]
//
// A line of labels is {"split", "file", "raw", "tokens": [[text, label], ...]}; those of usaddress are not part of the
// project. `--check` fails when the file is not what would be written. `--evaluate` writes nothing and measures how
// often the house number, number and street, and the ZIP come out exactly: with weights from the lines of the split
// `train` alone on those of `test`, and with five folds over both.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { attributesOf, tokenize } from '../dist/geo/address-features.js';
import { addressLabels } from '../dist/geo/address-labels.js';
import { bestPath, labelLetters, readModel, tagWith } from '../dist/geo/tag-address.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean' }, evaluate: { type: 'boolean' } },
});
const weightsFile = new URL('../data/address-weights.tsv', import.meta.url);
const width = addressLabels.length;

const header = `# Weights of the address tagger (src/geo/tag-address.ts), written by scripts/train-addresses.js; do not edit.
# Learned from the addresses that the project usaddress labelled by hand (https://github.com/datamade/usaddress) and
# from invented ones. The labels of usaddress come under this licence:
#
# The MIT License (MIT)
#
# Copyright (c) 2014 The Atlanta Journal Constitution
#
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
# rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
# persons to whom the Software is furnished to do so, subject to the following conditions:
#
# The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
# Software.
#
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
# WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
# COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
# OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** Numbers from 0 to 1 that are the same each time (mulberry32, public domain, T. Ettinger). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(list, random) {
  const result = [...list];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other], result[index]];
  }
  return result;
}

/**
 * Left out are two sets of usaddress: one calls the type a part of the street's name (us50), the other was made
 * from OpenStreetMap, whose licence asks for more, and does not make the tagger better. Both are left for tests.
 */
const leftOut = /us50|osm/;

/** Of lines that differ in punctuation only, the first counts. */
function readLines(files) {
  const known = new Set();
  return files
    .flatMap((file) => {
      const bytes = readFileSync(file);
      return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n');
    })
    .map((line) => JSON.parse(line))
    .filter(({ file = '', raw }) => {
      const key = raw
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      if (leftOut.test(file) || known.has(key)) return false;
      known.add(key);
      return true;
    })
    .map((line) => ({ ...line, ...alignedTokens(line) }))
    .filter(({ words }) => words.length > 0);
}

const counts = /[\p{L}\p{N}_#&]/u;

/** Our tokens with the labels of the letters in them. A line whose letters differ from those of its labels has none. */
function alignedTokens({ raw, tokens }) {
  const letters = tokens.flatMap(([text, label]) =>
    [...text.replace(/&(?:#38|amp);/gi, '&')]
      .filter((letter) => counts.test(letter))
      .map((letter) => [letter, label]),
  );
  const words = tokenize(raw);
  const labels = [];
  let place = 0;
  for (const word of words) {
    labels.push(addressLabels.indexOf(letters[place]?.[1]));
    for (const letter of word) {
      if (!counts.test(letter)) continue;
      if (letters[place]?.[0] !== letter) return { words: [], labels: [] };
      place += 1;
    }
  }
  return place === letters.length && !labels.includes(-1) ? { words, labels } : { words: [], labels: [] };
}

/**
 * Of New York the labels of usaddress have little, so addresses as its people write them are invented: one of each
 * of these lists after the other, names, houses, streets, units and places. A 9 stands for any digit, the letter after
 * the slash for the label, as in the file of weights.
 */
const invented = [
  `||||||||||||ROSA/b ORTIZ/b|C/O/b LEE/b CHAN/b|C/O/b A/b B/b COHEN/b`,
  `9/B|99/B|999/B|999/B|9999/B|99-99/B|999-99/B|99A/B|99-99A/B|99/B 1/2/B`,
  `W/E 99TH/G ST/H|E/E 999/G ST/H|E/E 99/G STREET/H|WEST/E 999TH/G STREET/H|EAST/E 9TH/G ST/H|E/E 9/G ST/H|W/E 99/G ST/H
99TH/G ST/H|99/G ST/H|99TH/G AVE/H|99/G AVE/H|999TH/G RD/H|99/G RD/H|99/G DR/H|99TH/G DRIVE/H|999TH/G PL/H|99/G LN/H|9TH/G AVE/H
BAY/G 99TH/G ST/H|BEACH/G 99TH/G ST/H|BRIGHTON/G 9TH/G ST/H|FIRST/G AVE/H|SECOND/G AVENUE/H|THIRD/G AVE/H|FIFTH/G AVENUE/H
BROADWAY/G|BROADWAY/G|BOWERY/G|GRAND/G CONCOURSE/G|AVENUE/F B/G|AVE/F D/G|AVENUE/F U/G|AVENUE/F OF/G THE/G AMERICAS/G
PARK/G AVE/H S/I|PARK/G AVENUE/H SOUTH/I|CENTRAL/G PARK/G WEST/I|CENTRAL/G PARK/G S/I|UNION/G SQ/H E/I|UNION/G SQUARE/H WEST/I
WASHINGTON/G SQ/H N/I|CADMAN/G PLZ/H W/I|PROSPECT/G PARK/G W/I|PELHAM/G PKWY/H S/I|ST/G NICHOLAS/G AVE/H|ST/G MARKS/G AVE/H
SAINT/G JOHNS/G PL/H|ST/G JAMES/G PL/H|ST/G ANNS/G AVE/H|FORT/G WASHINGTON/G AVE/H|FT/G HAMILTON/G PKWY/H|LA/G SALLE/G ST/H
ADAM/G CLAYTON/G POWELL/G JR/G BLVD/H|MALCOLM/G X/G BLVD/H|DR/G M/G L/G KING/G JR/G BLVD/H|FREDERICK/G DOUGLASS/G BLVD/H
FLATBUSH/G AVENUE/H EXT/J|OCEAN/G PKWY/H|KINGS/G HWY/H|EASTERN/G PKWY/H|UNION/G TPKE/H|QUEENS/G BLVD/H|NORTHERN/G BLVD/H
E/E TREMONT/G AVE/H|E/E FORDHAM/G RD/H|W/E BURNSIDE/G AVE/H|WEBSTER/G AVE/H|WHITE/G PLAINS/G RD/H|MORRIS/G PARK/G AVE/H
WEST/G END/G AVE/H|W/G END/G AVE/H|EAST/G END/G AVE/H|NEW/G YORK/G AVE/H|EAST/G NEW/G YORK/G AVE/H|HENRY/G HUDSON/G PKWY/H
HYLAN/G BLVD/H|FDR/G DR/H|RIVERSIDE/G DR/H|MACDOUGAL/G ST/H|FRONT/G ST/H|VERNON/G BLVD/H|HARBOR/G VIEW/G TERRACE/H|METROTECH/G CTR/H
OLD/G COUNTRY/G RD/H|N/E MAIN/G ST/H|SOUTH/E BROADWAY/G|MAIN/G ST/H|POST/G RD/H N/I`,
  `||||||||APT/Q 9A/R|APT/Q 9/R|APT/Q 99F/R|APT/Q C/R|APT/Q B9/R|APT/Q #/R 9D/R|#/R 9C/R|#/R 99/R|9B/R|99D/R|9F/R|99/R|UNIT/Q 9/R
FL/Q 9/R|9/R FL/Q|2ND/R FL/Q|3RD/R FLOOR/Q|1ST/R FL/Q|FLOOR/Q 9/R|2/R FLR/Q|BSMT/R|BASEMENT/R|REAR/R|FRONT/R|PH/R|PH/R 9A/R|PHB/R
APT/Q PH9/R|STE/Q 999/R|SUITE/Q 9A/R|RM/Q 999/R|GARDEN/R APT/Q|APT/Q BSMT/R|2ND/R FL/Q REAR/R|APT/Q 1ST/R FL/Q|GARAGE/R|9TH/R FL/Q`,
  `||NEW/W YORK/W NY/X 10099/Y|NEW/W YORK/W NY/X 10099/Y|NEW/W YORK/W NEW/X YORK/X 10099/Y|NY/W NY/X 10099/Y|NYC/W NY/X 10099/Y
NEW/W YORK/W|MANHATTAN/W NY/X 10099/Y|BROOKLYN/W NY/X 11299/Y|BROOKLYN/W NY/X 11299/Y|BROOKLYN/W NEW/X YORK/X 11299/Y|BROOKLYN/W
BRONX/W NY/X 10499/Y|BRONX/W NY/X 10499/Y|STATEN/W ISLAND/W NY/X 10399/Y|RIVERDALE/W NY/X 10499/Y|ROOSEVELT/W ISLAND/W NY/X 10099/Y
ASTORIA/W NY/X 11199/Y|LONG/W ISLAND/W CITY/W NY/X 11199/Y|FLUSHING/W NY/X 11399/Y|JAMAICA/W NY/X 11499/Y|FOREST/W HILLS/W NY/X 11399/Y
JAMAICA/W QUEENS/W NY/X 11499/Y|QUEENS/W NY/X 11499/Y|GLEN/W OAKS/W NY/X 11099/Y|EAST/W ELMHURST/W NY/X 11399/Y|CORONA/W NY/X
SOUTH/W OZONE/W PARK/W NY/X 11499/Y|FAR/W ROCKAWAY/W NY/X 11699/Y|ST/W ALBANS/W NY/X 11499/Y
MOUNT/W VERNON/W NY/X 10599/Y|NEW/W ROCHELLE/W NY/X 10899/Y|JERSEY/W CITY/W NJ/X 07399/Y|YONKERS/W NY/X 10799/Y|N/W BERGEN/W NJ/X 07099/Y`,
].map((list) => list.split(/[|\n]/));

function inventedLines(count) {
  const random = randomFrom(3);
  return Array.from({ length: count }, () => {
    const words = [];
    const labels = [];
    for (const list of invented) {
      const part = list[Math.floor(random() * list.length)];
      if (part === '') continue;
      for (const tagged of part.split(' ')) {
        words.push(tagged.slice(0, -2).replace(/9/g, () => 1 + Math.floor(random() * 9)));
        labels.push(labelLetters.indexOf(tagged.at(-1)));
      }
      // Some write a comma between the parts.
      if (random() < 0.2) words.push(`${words.pop()},`);
    }
    return { words, labels };
  });
}

/** More make no difference; half as many do. */
const epochs = 15;

/** By how much a wrong label has to lose against the right one; without it, the tagger is less sure of new lines. */
const margin = 20;

/** What `scoresOf` of the tagger does, with all weights in rows. */
function scoresOf({ attributes, weights }, own) {
  const scores = new Float64Array((own.length + 2) * width);
  for (const [index, noticed] of own.entries()) {
    for (const attribute of noticed) {
      const first = attributes.get(attribute) * 3 * width;
      for (const [context, row] of [index + 1, index + 2, index].entries()) {
        for (let label = 0; label < width; label += 1) {
          scores[row * width + label] += weights[first + context * width + label];
        }
      }
    }
  }
  return scores.subarray(width, -width);
}

/**
 * An averaged perceptron (M. Collins, 2002): after each mistake what spoke for it counts less and what spoke for the
 * right label more, and the mean of all states is kept.
 */
function train(lines) {
  const attributes = new Map();
  const examples = lines.map(({ words, labels }) => {
    const own = attributesOf(words);
    for (const attribute of own.flat()) {
      if (!attributes.has(attribute)) attributes.set(attribute, attributes.size);
    }
    return { own, labels };
  });
  const weights = new Float64Array(attributes.size * 3 * width);
  const transitions = new Float64Array(width * width);
  // What a change is worth in the sum of all states: it is missing from those before it.
  const missed = { weights: weights.slice(), transitions: transitions.slice() };
  const model = { attributes, weights, transitions };
  const random = randomFrom(1);
  let step = 0;
  const change = (table, index, by) => {
    model[table][index] += by;
    missed[table][index] += by * step;
  };
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (const { own, labels } of shuffled(examples, random)) {
      step += 1;
      const scores = scoresOf(model, own);
      for (const [index, label] of labels.entries()) scores[index * width + label] -= margin;
      const path = bestPath(scores, transitions);
      for (const [index, right] of labels.entries()) {
        const wrong = path[index];
        if (index > 0 && (wrong !== right || path[index - 1] !== labels[index - 1])) {
          change('transitions', labels[index - 1] * width + right, 1);
          change('transitions', path[index - 1] * width + wrong, -1);
        }
        if (wrong === right) continue;
        for (const [context, neighbour] of [own[index], own[index - 1], own[index + 1]].entries()) {
          for (const attribute of neighbour ?? []) {
            const first = (attributes.get(attribute) * 3 + context) * width;
            change('weights', first + right, 1);
            change('weights', first + wrong, -1);
          }
        }
      }
    }
  }
  for (const table of ['weights', 'transitions']) {
    for (const [index, late] of missed[table].entries()) model[table][index] -= late / step;
  }
  return model;
}

/** The format is told in `readModel`. Fractions of a mistake do not count. */
function written({ attributes, weights, transitions }) {
  const row = (table, first) =>
    addressLabels
      .map((_, label) => [label, Math.round(table[first + label])])
      .filter(([, weight]) => weight !== 0)
      .map(([label, weight]) => `${labelLetters[label]}${weight}`)
      .join('');
  const followers = addressLabels.map((label, index) => `>${label}\t${row(transitions, index * width)}`);
  const noticed = [...attributes]
    .map(([attribute, number]) => [
      attribute,
      ...[0, 1, 2].map((context) => row(weights, (number * 3 + context) * width)),
    ])
    .filter(([, ...rows]) => rows.some((weight) => weight !== ''))
    .map((cells) => cells.join('\t').trimEnd())
    .sort();
  return `${header}${[addressLabels.join('\t'), ...followers, ...noticed].join('\n')}\n`;
}

const partsOf = { number: /^AddressNumber/, street: /^StreetName/, zip: /^ZipCode$/ };

/** The text of a part, hyphens as blanks, without other punctuation. */
function partOf(tags, labels) {
  const text = tags.filter(({ label }) => labels.test(label)).map(({ token }) => token);
  return text
    .join(' ')
    .toLowerCase()
    .replaceAll('-', ' ')
    .replace(/[^\p{L}\p{N}\s#&/]/gu, '')
    .split(/\s+/)
    .join(' ')
    .trim();
}

/** Tags lines and counts those that have a number and a street, or a ZIP, and those of them that come out right. */
function measure(model, lines) {
  const sums = { addresses: 0, number: 0, both: 0, withZip: 0, zip: 0 };
  for (const { raw, words, labels } of lines) {
    const right = words.map((token, index) => ({ token, label: addressLabels[labels[index]] }));
    const tagged = tagWith(model, raw);
    const has = (name) => right.some(({ label }) => label === name);
    const same = (part) => partOf(right, partsOf[part]) === partOf(tagged, partsOf[part]);
    if (has('AddressNumber') && has('StreetName')) {
      sums.addresses += 1;
      if (same('number')) sums.number += 1;
      if (same('number') && same('street')) sums.both += 1;
    }
    if (has('ZipCode')) {
      sums.withZip += 1;
      if (same('zip')) sums.zip += 1;
    }
  }
  return sums;
}

function say(name, sums) {
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
  console.log(
    `${name}: ${sums.addresses} addresses, number ${percent(sums.number, sums.addresses)}, ` +
      `number and street ${percent(sums.both, sums.addresses)}; ${sums.withZip} ZIPs, ${percent(sums.zip, sums.withZip)}`,
  );
}

/** As it would ship, rounded and with the rules, but without invented lines. */
const trained = (lines) => readModel(written(train(lines)));

function evaluate(lines) {
  const isTest = ({ split }) => split === 'test';
  say('test split', measure(trained(lines.filter((line) => !isTest(line))), lines.filter(isTest)));
  const mixed = shuffled(lines, randomFrom(2));
  const folds = [0, 1, 2, 3, 4].map((fold) =>
    measure(
      trained(mixed.filter((_, index) => index % 5 !== fold)),
      mixed.filter((_, index) => index % 5 === fold),
    ),
  );
  const keys = Object.keys(folds[0]);
  say(
    'five folds',
    Object.fromEntries(keys.map((key) => [key, folds.reduce((sum, fold) => sum + fold[key], 0)])),
  );
}

const lines = readLines(positionals);
if (options.evaluate) evaluate(lines);
else {
  const weights = written(train([...lines, ...inventedLines(1000)]));
  if (!options.check) writeFileSync(weightsFile, weights);
  else if (readFileSync(weightsFile, 'utf8') !== weights) {
    console.error('data/address-weights.tsv is not what would be written.');
    process.exitCode = 1;
  }
}
