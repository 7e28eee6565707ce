import type { TestDatabase } from './postgres.ts';

/** A patron as a test thinks of one; what it does not name is ordinary. */
export interface TestPatron {
  /** Text for what no number of JavaScript holds. */
  readonly id: number | string;
  readonly created?: string | null;
  readonly updated?: string | null;
  readonly deleted?: string | null;
  readonly active?: string | null;
  readonly type?: number | null;
  readonly pcode3?: number | null;
  readonly library?: string | null;
  /** Left out: one ordinary address. */
  readonly addresses?: readonly TestAddress[];
  /** Sierra drops the view's row of a patron that is deleted. */
  readonly isDropped?: boolean;
}

export interface TestAddress {
  readonly order?: number | null;
  readonly type?: number | null;
  readonly street?: string | null;
  readonly city?: string | null;
  readonly region?: string | null;
  readonly zip?: string | null;
}

const tables = `
  CREATE SCHEMA sierra_view;
  CREATE TABLE sierra_view.record_metadata (id bigint, record_type_code char(1), creation_date_gmt timestamptz,
    record_last_updated_gmt timestamptz, deletion_date_gmt date);
  CREATE TABLE sierra_view.patron_record_address (patron_record_id bigint, patron_record_address_type_id int,
    display_order int, addr1 varchar(1000), addr2 varchar(1000), addr3 varchar(1000), village varchar(1000),
    city varchar(1000), region varchar(1000), postal_code varchar(100), country varchar(1000));
  CREATE TABLE sierra_view.patron_view (id bigint, ptype_code smallint, pcode3 smallint,
    home_library_code char(5), activity_gmt timestamptz);
  CREATE TABLE patron_info (patron_id varchar(64), address_hash varchar(64), postal_code varchar(5),
    geoid varchar(11), creation_date_et date, deletion_date_et date, circ_active_date_et date, ptype_code int,
    pcode3 int, patron_home_library_code varchar(5), initial_patron_home_library_code varchar(5));`;

/** The views of Sierra that the poller reads, and the warehouse's table, in a database of the test's own. */
export async function makeSierra(database: TestDatabase): Promise<void> {
  await database.query(tables);
}

/** Puts patrons into Sierra, replacing those of the same ids. */
export async function putPatrons(database: TestDatabase, patrons: readonly TestPatron[]): Promise<void> {
  const ids = patrons.map(({ id }) => id).join(', ');
  if (ids === '') return;
  const metadata = patrons.map(
    ({ id, created = '2026-01-05 12:00:00+00', updated = created, deleted = null }) =>
      row([id, 'p', created, updated, deleted]),
  );
  const views = patrons
    .filter(({ isDropped }) => !isDropped)
    .map(({ id, type = 10, pcode3 = 2, library = 'ml', active = '2026-01-04 15:00:00+00' }) =>
      row([id, type, pcode3, library, active]),
    );
  const addresses = patrons
    .filter(({ isDropped }) => !isDropped)
    .flatMap(({ id, addresses = [{}] }) =>
      addresses.map(
        ({
          order = 0,
          type = 1,
          street = `${id} MAIN ST`,
          city = 'NEW YORK',
          region = 'NY',
          zip = '10001',
        }) => row([id, type, order, street, null, null, null, city, region, zip, null]),
      ),
    );
  await database.query(`
    DELETE FROM sierra_view.record_metadata WHERE id IN (${ids});
    DELETE FROM sierra_view.patron_view WHERE id IN (${ids});
    DELETE FROM sierra_view.patron_record_address WHERE patron_record_id IN (${ids});
    INSERT INTO sierra_view.record_metadata VALUES ${metadata.join(', ')};
    ${views.length > 0 ? `INSERT INTO sierra_view.patron_view VALUES ${views.join(', ')};` : ''}
    ${addresses.length > 0 ? `INSERT INTO sierra_view.patron_record_address VALUES ${addresses.join(', ')};` : ''}`);
}

function row(values: readonly (string | number | null)[]): string {
  const literals = values.map((value) =>
    value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`,
  );
  return `(${literals.join(', ')})`;
}
