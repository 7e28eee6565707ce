import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { dbfOf, InventedCounty, type InventedTable } from '../../../src/demo/invented-county.ts';
import { lookUp } from '../../../src/geo/look-up.ts';
import { readAddress } from '../../../src/geo/read-address.ts';
import { readTractIndex } from '../../../src/geo/read-index.ts';
import { readTiger, type TractYear } from '../../../src/geo/read-tiger.ts';
import { findTigerFiles } from '../../../src/geo/tiger-files.ts';
import { partialFlag, type TractIndex } from '../../../src/geo/tract-index.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';

const county = new InventedCounty({ county: '99001', firstZip: 10_001, blocks: 20, tractBlocks: 3 });
const queens = new InventedCounty({
  county: '99003',
  firstZip: 20_001,
  blocks: 10,
  tractBlocks: 3,
  hasHyphens: true,
});

const bytesOf = (table: InventedTable) => Buffer.concat([...dbfOf(table)]);

/** Changes the rows of a table, or the names of its columns. */
function changed(
  { columns, rows }: InventedTable,
  change: (row: readonly string[], place: number) => readonly string[],
  rename: (column: string) => string = (column) => column,
): InventedTable {
  return {
    columns: columns.map(([name, width]) => [rename(name), width]),
    rows: () => [...rows()].map(change),
  };
}

/** A folder with tables under the names that the Census Bureau gives them. */
async function folderOf(tables: Readonly<Record<string, InventedTable>>): Promise<string> {
  const folder = await temporaryDirectory();
  for (const [name, table] of Object.entries(tables)) await writeFile(join(folder, name), bytesOf(table));
  return folder;
}

async function build(folder: string, tracts: TractYear | null = null) {
  const { files, others } = await findTigerFiles([folder], never);
  const { index, summary } = await readTiger(files, tracts, never);
  const bytes = Buffer.concat(index.bytes);
  return { index: readTractIndex(new Uint8Array(bytes), folder), bytes, summary, others };
}

/** How many addresses of a county are found where they are, and how many elsewhere. */
function score(index: TractIndex, of: InventedCounty): { right: number; wrong: number; abstained: number } {
  const counts = { right: 0, wrong: 0, abstained: 0 };
  for (const { number, street, alias, zip, geoid } of of.addresses()) {
    for (const name of [street, alias]) {
      if (name === '') continue;
      const found = lookUp(index, readAddress(`${number} ${name.toUpperCase()} APT 4C, SOMEWHERE NY ${zip}`));
      counts[found.geoid === geoid ? 'right' : found.geoid === null ? 'abstained' : 'wrong'] += 1;
    }
  }
  return counts;
}

const full = {
  'tl_2024_99001_addrfeat.dbf': county.addrfeat(),
  'tl_2024_99001_faces.dbf': county.faces(),
  'tl_2024_99001_featnames.dbf': county.featnames(),
  'tl_2024_99002_faces.dbf': county.faces(true),
  'tl_2024_99003_addrfeat.dbf': queens.addrfeat(),
  'tl_2024_99003_faces.dbf': queens.faces(),
  'tl_2024_99003_featnames.dbf': queens.featnames(),
};

/** The zip of a table as it is downloaded, or with something else in it. */
async function zipped(path: string, entries: Readonly<Record<string, Buffer>>): Promise<void> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(content, name, { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

describe('an index of TIGER/Line', () => {
  it('finds every address of an invented county, by every name', async () => {
    const { index, summary } = await build(await folderOf(full));
    expect(score(index, county)).toMatchObject({ wrong: 0, abstained: 0 });
    expect(score(index, queens)).toMatchObject({ wrong: 0, abstained: 0 });
    expect(index.about).toMatchObject({
      tiger: ['2024'],
      tracts: '2020',
      counties: ['99001', '99002', '99003'],
    });
    expect(summary.aliases).toBeGreaterThan(0);
    // Of the second county the neighbour's faces are missing.
    expect(summary.problems).toEqual({ no_face: 40 });
    expect(summary.used + 40).toBe(summary.sides);
  });

  it('knows which ZIPs reach into a county that was not built in', async () => {
    const partialOf = async (tables: Readonly<Record<string, InventedTable>>) => {
      const { zips, zipCounty } = (await build(await folderOf(tables))).index;
      return [...new Set(zips.filter((_, place) => ((zipCounty[place] ?? 0) & partialFlag) !== 0))];
    };
    // Inland streets alone: every face is the county's own.
    const inland: InventedTable = changed(county.addrfeat(), (row) => row);
    const own = new Set([...county.faces().rows()].map(([face]) => face));
    const rows = [...inland.rows()].filter(([, left, right]) => own.has(left ?? '') && own.has(right ?? ''));
    const tables = {
      'tl_2024_99001_addrfeat.dbf': { ...inland, rows: () => rows },
      'tl_2024_99001_faces.dbf': county.faces(),
    };
    expect(await partialOf(tables)).toEqual([]);
    // A face beyond the county that says in which ZIP it lies.
    const beyond: InventedTable = {
      columns: [...county.faces(true).columns, ['ZCTA5CE20', 5]],
      rows: () => [...county.faces(true).rows()].map((row) => [...row, '10002']),
    };
    expect(await partialOf({ ...tables, 'tl_2024_99002_faces.dbf': beyond })).toEqual([10_002]);
    // Sides whose face is in no file, or in the other county.
    const all = [10_001, 10_002, 10_003, 10_004];
    const border = { ...tables, 'tl_2024_99001_addrfeat.dbf': county.addrfeat() };
    expect(await partialOf(border)).toEqual(all);
    expect(await partialOf({ ...border, 'tl_2024_99002_faces.dbf': county.faces(true) })).toEqual(all);
  });

  it('has the same bytes from zips, and from files in another order and under other names', async () => {
    const folder = await folderOf(full);
    const { bytes } = await build(folder);
    const zips = await temporaryDirectory();
    for (const name of Object.keys(full)) {
      await zipped(join(zips, `z${name.replace('dbf', 'zip')}`), {
        [name.replace('dbf', 'cpg')]: Buffer.from('UTF-8'),
        [`__MACOSX/._${name}`]: Buffer.from('a note of macOS'),
        [name]: await readFile(join(folder, name)),
      });
    }
    const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
    expect(hash((await build(zips)).bytes)).toBe(hash(bytes));
  });

  it('says what it could not use, and finds no address there', async () => {
    const left = ['LFROMHN', 'LTOHN', 'ZIPL', 'PARITYL'];
    const [from, to, zip, parity] = left.map((name) =>
      county.addrfeat().columns.findIndex(([column]) => column === name),
    );
    const addrfeat = changed(county.addrfeat(), (row, place) => {
      const values = [...row];
      if (place % 10 === 0) values[zip as number] = place % 20 === 0 ? '' : '99999';
      if (place % 10 === 1) values[to as number] = String(Number(values[to as number]) + 1);
      if (place % 10 === 2) values[from as number] = 'LO99';
      if (place % 10 === 3) values[4] = '';
      if (place % 10 === 4) values[from as number] = values[to as number] = '';
      if (place % 10 === 5) values[parity as number] = '';
      return values;
    });
    const { index, summary } = await build(
      await folderOf({
        ...full,
        'tl_2024_99001_addrfeat.dbf': addrfeat,
        'tl_2024_99001_featnames.dbf': emptied(county.featnames()),
      }),
    );
    // 840 edges, two sides each; without a name both of them.
    expect(summary.problems).toEqual({
      no_zip: 84,
      mixed_parity: 84,
      not_numeric: 84,
      no_name: 168,
      no_face: 40,
    });
    expect(summary.sides).toBe(840 * 2 - 84 + 440);
    expect(score(index, county).wrong).toBe(0);
  });

  it('uses the tracts of the census that is asked for, and else of the newest', async () => {
    const columns = (suffix: string) => (column: string) => column.replace(/20$/, suffix);
    const folder = await folderOf({
      'tl_2014_99001_addrfeat.dbf': county.addrfeat(),
      'tl_2014_99001_faces.dbf': changed(county.faces(), (row) => row, columns('10')),
    });
    expect((await build(folder)).index.about).toMatchObject({ tiger: ['2014'], tracts: '2010' });
    expect((await build(folder, 'current')).index.about.tracts).toBe('current');
    expect(await failureOf(build(folder, '2020'))).toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('does not believe two files that put a face into different tracts', async () => {
    const moved = changed(county.faces(), ([face = '', state = '', area = '', , ...rest]) => [
      face,
      state,
      area,
      '999900',
      ...rest,
    ]);
    const { summary } = await build(await folderOf({ ...full, 'tl_2023_99001_faces.dbf': moved }));
    expect(summary.problems.no_face).toBeGreaterThan(1500);
  });

  it('passes over other tables and other parts of a shapefile', async () => {
    const folder = await folderOf({
      ...full,
      'tl_2024_99001_areawater.dbf': { columns: [['HYDROID', 22]], rows: () => [['1']] },
    });
    await writeFile(join(folder, 'tl_2024_99001_addrfeat.shp'), 'geometry');
    expect((await build(folder)).others).toEqual([join(folder, 'tl_2024_99001_areawater.dbf')]);
  });

  it.each([
    ['there is no FACES', { 'a.dbf': county.addrfeat() }, 'There are no FACES files.'],
    ['there is no ADDRFEAT', { 'a.dbf': county.faces() }, 'There are no ADDRFEAT files.'],
  ])('is not made when %s', async (_, tables, message) => {
    expect(await failureOf(build(await folderOf(tables)))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message,
    });
  });

  it('is not made of damaged files, which are named', async () => {
    const folder = await folderOf(full);
    const path = join(folder, 'tl_2024_99001_faces.dbf');
    await writeFile(path, (await readFile(path)).subarray(0, -100));
    const error = await failureOf(build(folder));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toMatch(/tl_2024_99001_faces\.dbf: It ends after \d+ of \d+ rows\.$/);
    await writeFile(join(folder, 'broken.zip'), 'PK');
    expect((await failureOf(build(folder))).message).toContain('broken.zip');
    await mkdir(join(folder, 'empty'));
    expect((await failureOf(build(join(folder, 'empty')))).message).toBe('There are no ADDRFEAT files.');
  });
});

describe('a zip', () => {
  it('whose content is not what was put into it is refused, and named', async () => {
    const folder = await folderOf(full);
    const path = join(folder, 'tl_2023_99005_addrfeat.zip');
    await zipped(path, { 'a.dbf': bytesOf(county.addrfeat()) });
    const bytes = await readFile(path);
    // A digit of a house number in the middle of the table.
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect((await failureOf(build(folder))).message).toMatch(
      /99005_addrfeat\.zip: Its checksum does not match\.$/,
    );
  });

  it('without a table is refused, and named', async () => {
    const folder = await folderOf(full);
    await zipped(join(folder, 'notes.zip'), { 'notes.txt': Buffer.from('x') });
    expect((await failureOf(build(folder))).message).toMatch(/notes\.zip: There is no \.dbf in it\.$/);
  });
});

function emptied({ columns }: InventedTable): InventedTable {
  return { columns, rows: () => [] };
}
