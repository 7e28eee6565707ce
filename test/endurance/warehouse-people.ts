import { fillTable, query } from '../../src/demo/fill-table.ts';
import { type InventedRow, inventPeople } from '../../src/demo/invented-people.ts';

/** People that are invented; the rest are copies of them under logins, numbers and addresses of their own. */
const invented = 6000;

/** Fills the two tables of the preset `patronload`: a third staff, two thirds students, of whom some are staff too. */
export async function fillWarehouse(url: string, people: number): Promise<void> {
  const { staff, students } = inventPeople(invented, 1);
  const tables: [string, readonly InventedRow[], number][] = [
    ['library_employee', staff, Math.round(people / 3)],
    ['library_student', students, people - Math.round(people / 3)],
  ];
  for (const [table, rows, count] of tables) {
    await fillTable(url, `${table}_invented`, rows);
    const copies = Math.ceil(count / rows.length);
    await query(
      url,
      `CREATE TABLE ${table} AS SELECT * FROM ${table}_invented, generate_series(1, ${copies}) AS copy LIMIT ${count}`,
    );
    await query(
      url,
      `UPDATE ${table} SET krb_name_uppercase = krb_name_uppercase || 'C' || copy, mit_id = mit_id || copy,
         email_address = copy || email_address,
         library_id = CASE WHEN library_id ~ '^[0-9]+$' THEN library_id || lpad(copy::text, 4, '0') ELSE library_id END`,
    );
    await query(url, `DROP TABLE ${table}_invented`);
  }
}
