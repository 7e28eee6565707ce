import pg from 'pg';

/** Makes a database with so many patrons, and a warehouse without any. @returns its URL */
export async function fillSierra(url, size) {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(`CREATE DATABASE sierra_${size}`);
  await owner.end();
  const database = url.replace(/[^/]*$/, `sierra_${size}`);
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  // A third lives in families; eight patrons share each second.
  await client.query(`
    CREATE SCHEMA sierra_view;
    CREATE TABLE sierra_view.record_metadata AS SELECT 480000000000 + n AS id, 'p'::char(1) AS record_type_code,
      '2026-01-01'::timestamptz + (n / 8) * interval '1 second' AS creation_date_gmt,
      '2026-01-01'::timestamptz + (n / 8) * interval '1 second' AS record_last_updated_gmt, NULL::date AS deletion_date_gmt
      FROM generate_series(1, ${size}) AS n;
    CREATE INDEX ON sierra_view.record_metadata (creation_date_gmt, id);
    CREATE UNIQUE INDEX ON sierra_view.record_metadata (id);
    CREATE TABLE sierra_view.patron_view AS SELECT 480000000000 + n AS id, 10::smallint AS ptype_code,
      2::smallint AS pcode3, 'ml   '::char(5) AS home_library_code, '2026-01-02'::timestamptz AS activity_gmt
      FROM generate_series(1, ${size}) AS n;
    CREATE INDEX ON sierra_view.patron_view (id);
    CREATE TABLE sierra_view.patron_record_address AS SELECT 480000000000 + n AS patron_record_id,
      1 AS patron_record_address_type_id, 0 AS display_order, (n * 2 / 3) || ' EAST MAIN STREET' AS addr1,
      'NEW YORK' AS city, 'NY' AS region, '10001-0001' AS postal_code FROM generate_series(1, ${size}) AS n;
    CREATE INDEX ON sierra_view.patron_record_address (patron_record_id);
    CREATE TABLE patron_info (patron_id text, address_hash text);
    ANALYZE;`);
  await client.end();
  return database;
}
