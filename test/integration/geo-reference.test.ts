import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/demo/random.ts';
import { readNumberRange } from '../../src/geo/house-number.ts';
import { lookUp } from '../../src/geo/look-up.ts';
import { readAddress } from '../../src/geo/read-address.ts';
import { readTractIndex } from '../../src/geo/read-index.ts';
import { readTiger } from '../../src/geo/read-tiger.ts';
import { findTigerFiles, withTable } from '../../src/geo/tiger-files.ts';
import type { TractIndex } from '../../src/geo/tract-index.ts';
import { never } from '../support/never.ts';

/** Real files of the Census Bureau, which are not part of the project. */
const reference = resolve(import.meta.dirname, '../../../shared/reference/geo');

type Ring = readonly (readonly [longitude: number, latitude: number])[];

interface TractShape {
  readonly geoid: string;
  readonly polygons: readonly (readonly Ring[])[];
}

interface Sample {
  readonly line: string;
  /** The tract of the face at that side of the street. */
  readonly geoid: string;
  /** The tract whose polygon has the inner point of that face. */
  readonly polygon: string;
}

describe.skipIf(!existsSync(reference))('Kenosha County, Wisconsin, in TIGER/Line 2014', () => {
  let folder: string;
  let index: TractIndex;
  let samples: readonly Sample[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patronflow-kenosha-'));
    for (const [name, from] of Object.entries({
      'tl_2014_55059_addrfeat.dbf': 'derived_55059_addrfeat.dbf.gz',
      'tl_2014_55059_faces.dbf': 'tl_2014_55059_faces.dbf.gz',
    }))
      await writeFile(join(folder, name), gunzipSync(readFileSync(join(reference, from))));
    const { files } = await findTigerFiles([folder], never);
    const built = await readTiger(files, null, never);
    expect(built.summary).toMatchObject({
      sides: 17_769,
      used: 17_607,
      problems: { no_face: 116, no_zip: 46 },
    });
    index = readTractIndex(new Uint8Array(Buffer.concat(built.index.bytes)), folder);
    samples = await sampleAddresses(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is described', () => {
    expect(index.about).toEqual({ tiger: ['2014'], tracts: '2010', counties: ['55059'], ranges: 17_641 });
  });

  it('has every address that exists in the tract of its block, and in that of its polygon', () => {
    const counts: Record<string, number> = {};
    const count = (what: string) => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    for (const { line, geoid, polygon } of samples) {
      const found = lookUp(index, readAddress(line));
      count(found.geoid === null || found.geoid === geoid ? found.status : `${found.status}, wrong`);
      if (found.geoid !== null) count(found.geoid === polygon ? 'in the polygon' : 'outside the polygon');
    }
    // Seven addresses of two streets, where the files of polygons and of faces put a block into different tracts.
    expect(counts).toEqual({
      match: 52_777,
      ambiguous: 44,
      'in the polygon': 52_770,
      'outside the polygon': 7,
    });
  });

  it('finds the same with the ZIP of another town where the city agrees, or abstains', () => {
    const isKenosha = (line: string) => /5314[0-4]$/.test(line);
    const elsewhere = [...new Set(samples.map(({ line }) => line.slice(-5)))].filter(
      (zip) => !isKenosha(zip),
    );
    const random = createRandom(1);
    let right = 0;
    let wrong = 0;
    for (const { line, geoid } of samples.filter(({ line }, place) => place % 5 === 0 && isKenosha(line))) {
      const zip = elsewhere[Math.floor(random() * elsewhere.length)] ?? '';
      const found = lookUp(index, readAddress(line.slice(0, -5) + zip)).geoid;
      if (found === geoid) right += 1;
      else if (found !== null) wrong += 1;
    }
    expect(right).toBeGreaterThan(3900);
    expect(wrong / right).toBeLessThan(0.001);
  });
});

/** Three addresses of every side, at random. */
async function sampleAddresses(folder: string): Promise<readonly Sample[]> {
  const shapes: readonly TractShape[] = JSON.parse(
    gunzipSync(readFileSync(join(reference, 'tract.geojson.gz'))).toString(),
  ).features.map(
    (feature: { properties: { GEOID: string }; geometry: { coordinates: TractShape['polygons'] } }) => ({
      geoid: feature.properties.GEOID,
      polygons: feature.geometry.coordinates,
    }),
  );
  const tracts = new Map<string, { geoid: string; polygon: string | undefined }>();
  await withTable(join(folder, 'tl_2014_55059_faces.dbf'), never, async (table) => {
    const columns = ['TFID', 'STATEFP10', 'COUNTYFP10', 'TRACTCE10', 'INTPTLON', 'INTPTLAT'];
    for await (const rows of table.rows(columns)) {
      for (const [face = '', state = '', county = '', tract = '', longitude, latitude] of rows) {
        const polygon = tractAt(shapes, Number(longitude), Number(latitude));
        tracts.set(face, { geoid: state + county + tract, polygon });
      }
    }
  });
  const random = createRandom(7);
  const samples: Sample[] = [];
  const side = (letter: string) => [
    `${letter}FROMHN`,
    `${letter}TOHN`,
    `PARITY${letter}`,
    `ZIP${letter}`,
    `TFID${letter}`,
  ];
  await withTable(join(folder, 'tl_2014_55059_addrfeat.dbf'), never, async (table) => {
    for await (const rows of table.rows(['FULLNAME', ...side('L'), ...side('R')])) {
      for (const [street = '', ...values] of rows) {
        for (const [from = '', to = '', parity = '', zip = '', face = ''] of [
          values.slice(0, 5),
          values.slice(5),
        ]) {
          const range = readNumberRange(from, to, parity);
          const { geoid, polygon } = tracts.get(face) ?? {};
          if (typeof range === 'string' || !geoid || !polygon || !/^\d{5}$/.test(zip)) continue;
          for (let n = 0; n < 3; n += 1) {
            const step = range.parity === 'both' ? 1 : 2;
            const number = range.low + step * Math.floor((random() * (range.high - range.low + step)) / step);
            samples.push({
              line: `${range.prefix}${number} ${street.toUpperCase()}, KENOSHA WI ${zip}`,
              geoid,
              polygon,
            });
          }
        }
      }
    }
  });
  return samples;
}

function tractAt(shapes: readonly TractShape[], x: number, y: number): string | undefined {
  return shapes.find(({ polygons }) =>
    // Inside of the outer ring, and of no expression: an odd number of edges to the right.
    polygons.some((rings) => rings.reduce((inside, ring) => inside !== isInside(ring, x, y), false)),
  )?.geoid;
}

function isInside(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (const [place, [x1, y1]] of ring.entries()) {
    const [x2, y2] = ring[(place + 1) % ring.length] ?? [x1, y1];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

describe.skipIf(!existsSync(reference))('Meagher County, Montana, in TIGER/Line 2021', () => {
  it('is read from the Census Bureau’s own bytes', async () => {
    const { files, others } = await findTigerFiles([join(reference, 'tl_2021_30059_addrfeat.dbf')], never);
    expect(files).toMatchObject([{ kind: 'addrfeat', year: '2021', county: '30059', length: 677 }]);
    expect(others).toEqual([]);
  });
});
