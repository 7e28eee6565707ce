import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dbfOf, InventedCounty } from '../../src/demo/invented-county.ts';
import { readTiger } from '../../src/geo/read-tiger.ts';
import { findTigerFiles } from '../../src/geo/tiger-files.ts';
import { writeIndex } from '../../src/geo/write-index.ts';
import { temporaryDirectory } from './command.ts';
import { never } from './never.ts';

/** A small county whose addresses are all known. */
export const invented = new InventedCounty({ county: '99001', firstZip: 10_001, blocks: 10, tractBlocks: 3 });

async function writeTables(directory: string, county: InventedCounty, faces: InventedCounty): Promise<void> {
  const tables = { addrfeat: county.addrfeat(), faces: faces.faces(), featnames: county.featnames() };
  for (const [name, table] of Object.entries(tables))
    await writeFile(join(directory, `tl_2024_99001_${name}.dbf`), Buffer.concat([...dbfOf(table)]));
}

/**
 * A folder with its tables, without its neighbour's faces.
 * @param faces the county whose faces it has
 */
export async function tigerFolder(faces = invented): Promise<string> {
  const directory = await temporaryDirectory();
  await writeTables(directory, invented, faces);
  return directory;
}

/** Makes the index of a county in a folder. @returns its path */
export async function indexIn(directory: string, county: InventedCounty): Promise<string> {
  await writeTables(directory, county, county);
  const { files } = await findTigerFiles([directory], never);
  const { index } = await readTiger(files, null, never);
  const path = join(directory, 'county.tracts');
  await writeIndex(path, index);
  return path;
}

/** The index of the invented county. @returns its path */
export async function inventedIndex(): Promise<string> {
  return indexIn(await temporaryDirectory(), invented);
}
