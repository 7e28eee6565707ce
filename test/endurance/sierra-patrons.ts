import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDatabase } from '../support/postgres.ts';
import { makeSierra } from '../support/sierra.ts';
import type { Servers } from './servers.ts';

/**
 * Fills a Sierra: of twenty patrons thirteen are new, six are old and were updated, and one was deleted. Two of three
 * share an address, and eight share each second.
 */
export async function fillSierra(database: TestDatabase, patrons: number): Promise<void> {
  await makeSierra(database);
  const time = (since: string) => `'${since}'::timestamptz + (n / 8) * interval '1 second'`;
  await database.query(`
    INSERT INTO sierra_view.record_metadata
      SELECT 480000000000 + n, 'p',
        CASE WHEN n % 20 < 13 THEN ${time('2026-01-01')} ELSE '2010-01-01' END,
        CASE WHEN n % 20 < 19 THEN ${time('2026-01-01')} ELSE '2010-01-01' END,
        CASE WHEN n % 20 = 19 THEN '2026-01-01'::date + n / 2000 % 30 END
      FROM generate_series(1, ${patrons}) AS n;
    INSERT INTO sierra_view.patron_view
      SELECT 480000000000 + n, 10 + n % 40, n % 5, 'ml' || n % 90, '2026-01-02' FROM generate_series(1, ${patrons}) AS n;
    INSERT INTO sierra_view.patron_record_address
      (patron_record_id, patron_record_address_type_id, display_order, addr1, city, region, postal_code)
      SELECT 480000000000 + n, 1, 0, (n * 2 / 3) || ' EAST MAIN STREET', 'NEW YORK', 'NY', '10001-0001'
      FROM generate_series(1, ${patrons}) AS n;
    CREATE INDEX ON sierra_view.record_metadata (creation_date_gmt, id);
    CREATE INDEX ON sierra_view.record_metadata (record_last_updated_gmt, id);
    CREATE INDEX ON sierra_view.record_metadata (deletion_date_gmt, id);
    CREATE INDEX ON sierra_view.patron_view (id);
    CREATE INDEX ON sierra_view.patron_record_address (patron_record_id);
    ANALYZE`);
}

/** The preset with HMAC in place of bcrypt, in a directory of the test's own, and its variables. */
export async function configurePoll(
  directory: string,
  database: TestDatabase,
  servers: Servers,
): Promise<{ config: string; environment: Record<string, string> }> {
  const preset = new URL('../../presets/patron-info-poller/', import.meta.url);
  const yaml = await readFile(new URL('patronflow.yaml', preset), 'utf8');
  const config = join(directory, 'patronflow.yaml');
  const hmac = 'obfuscation:\n  method: hmac-sha256\n  key: c2b7f0a914e86d355a19d0be7843f62c\n';
  await writeFile(config, yaml.replace(/obfuscation:\n( .*\n)+/, hmac));
  await copyFile(new URL('patron-info.avsc', preset), join(directory, 'patron-info.avsc'));
  const { hostname, port, pathname } = new URL(database.url);
  const variables = {
    HOST: hostname,
    PORT: port,
    NAME: pathname.slice(1),
    USER: database.user,
    PASSWORD: database.password,
    SSLMODE: 'disable',
  };
  const databases = ['SIERRA', 'REDSHIFT'].flatMap((system) =>
    Object.entries(variables).map(([name, value]) => [`${system}_DB_${name}`, value]),
  );
  const environment = {
    ...Object.fromEntries(databases),
    GEOCODER_API_BASE_URL: `${servers.census}/batch`,
    KINESIS_STREAM_ARN: 'arn:aws:kinesis:us-east-1:111122223333:stream/PatronInfo',
    S3_BUCKET: 'states',
    S3_RESOURCE: 'state.json',
    AWS_ENDPOINT_URL_S3: servers.s3,
    AWS_ENDPOINT_URL_KINESIS: servers.kinesis,
    AWS_ACCESS_KEY_ID: 'endurance',
    AWS_SECRET_ACCESS_KEY: 'endurance',
  };
  return { config, environment };
}
