import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dayOf } from '../core/clock.ts';
import { folderMode } from '../core/new-file.ts';
import { fillTable, query } from '../demo/fill-table.ts';
import { dbfOf } from '../demo/invented-county.ts';
import { demoCounty, type InventedPatron, inventPatrons } from '../demo/invented-patrons.ts';
import { number } from '../report/words.ts';
import { presetDirectory } from './config-file.ts';
import type { DemoContext } from './demo-context.ts';
import { geoBuildCommand } from './geo-build.ts';
import { pollCommand } from './poll.ts';

/** Patrons of the demo's Sierra: a quarter of the people that the load has. */
const shareOfPatrons = 0.25;

/** What happens between the two nights: every fortieth patron moves, every hundredth is deleted. */
const changes = `
  UPDATE sierra_view.patron_record_address SET addr1 = '502 W 7th St', city = 'DEMOVILLE', region = 'NY', postal_code = '00003'
    WHERE patron_record_id % 40 = 0;
  UPDATE sierra_view.record_metadata SET record_last_updated_gmt = $1 WHERE id % 40 = 0;
  UPDATE sierra_view.record_metadata SET record_last_updated_gmt = $1 WHERE id % 25 = 3`;

/** Two nights of `poll`. */
export async function demoPoll({
  postgresUrl,
  directory,
  seed,
  people,
  say,
  signal,
  contextWith,
}: DemoContext): Promise<number> {
  const folder = join(directory, 'poll');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: folderMode });
  await copyFile(join(presetDirectory('demo-poll'), 'patronflow.yaml'), join(folder, 'patronflow.yaml'));
  await copyFile(
    join(presetDirectory('patron-info-poller'), 'patron-info.avsc'),
    join(folder, 'patron-info.avsc'),
  );

  const invented = Math.ceil(people * shareOfPatrons);
  const tonight = new Date();
  const lastNight = new Date(tonight.getTime() - 24 * 3600 * 1000);
  const sierra = await makeDatabase(postgresUrl, 'sierra');
  const warehouse = await makeDatabase(postgresUrl, 'warehouse');
  signal.throwIfAborted();
  await fillSierra(sierra, inventPatrons(invented, seed, lastNight));
  const context = contextWith({ DEMO_SIERRA_URL: sierra, DEMO_WAREHOUSE_URL: warehouse });
  const config = join(folder, 'patronflow.yaml');

  const tiger = await writeTiger(join(folder, 'tiger'));
  say('\n2. patronflow geo build: an index of census tracts, from files of an invented county\n');
  const built = await geoBuildCommand([tiger], { out: join(folder, 'demo.tracts') }, context);
  if (built !== 0) return built;

  say(`\n3. patronflow poll: ${number(invented)} invented patrons of an embedded Sierra, last night\n`);
  const firstReport = join(folder, 'report-last-night.html');
  const first = await pollCommand({ config, now: lastNight.toISOString(), report: firstReport }, context);
  if (first !== 0) return first;

  const since = new Date(lastNight.getTime() + 3_600_000);
  for (const statement of changes.split(';'))
    await query(sierra, statement, statement.includes('$1') ? [since] : []);
  await query(sierra, 'UPDATE sierra_view.record_metadata SET deletion_date_gmt = $1 WHERE id % 100 = 1', [
    dayOf(lastNight),
  ]);
  say('\nTonight, after some patrons moved and some were deleted:\n');
  const report = join(folder, 'report.html');
  const second = await pollCommand({ config, now: tonight.toISOString(), report }, context);
  say(`\nWhat was sent:         ${join(folder, 'records.avro')}`);
  say(`The reports as pages:  ${firstReport}\n                       ${report}`);
  return second;
}

/** The county's tables under the names that the Census Bureau gives them. @returns their folder */
async function writeTiger(folder: string): Promise<string> {
  await mkdir(folder, { mode: folderMode });
  const tables = {
    addrfeat: demoCounty.addrfeat(),
    faces: demoCounty.faces(),
    featnames: demoCounty.featnames(),
  };
  for (const [name, table] of Object.entries(tables))
    await writeFile(join(folder, `tl_2024_36999_${name}.dbf`), [...dbfOf(table)]);
  return folder;
}

async function makeDatabase(url: string, name: string): Promise<string> {
  await query(url, `CREATE DATABASE ${name}`);
  return url.replace(/[^/]*$/, name);
}

async function fillSierra(url: string, patrons: readonly InventedPatron[]): Promise<void> {
  await query(url, 'CREATE SCHEMA sierra_view');
  await fillTable(
    url,
    'sierra_view.record_metadata',
    patrons.map(({ id, created, updated }) => ({
      id,
      record_type_code: 'p',
      creation_date_gmt: created,
      record_last_updated_gmt: updated,
      deletion_date_gmt: null,
    })),
    {
      id: 'bigint',
      creation_date_gmt: 'timestamptz',
      record_last_updated_gmt: 'timestamptz',
      deletion_date_gmt: 'date',
    },
  );
  await fillTable(
    url,
    'sierra_view.patron_view',
    patrons.map(({ id, patronType, pcode3, homeLibrary, active }) => ({
      id,
      ptype_code: patronType,
      pcode3,
      home_library_code: homeLibrary,
      activity_gmt: active,
    })),
    { id: 'bigint', ptype_code: 'smallint', pcode3: 'smallint', activity_gmt: 'timestamptz' },
  );
  await fillTable(
    url,
    'sierra_view.patron_record_address',
    patrons.map(({ id, street, city, region, postalCode }) => ({
      patron_record_id: id,
      patron_record_address_type_id: 1,
      display_order: 0,
      addr1: street,
      city,
      region,
      postal_code: postalCode,
    })),
    { patron_record_id: 'bigint', patron_record_address_type_id: 'int', display_order: 'int' },
  );
}
