import pg from 'pg';

/** Makes a table and fills it, all columns at once. @param types by column; text where none is given */
export async function fillTable(
  url: string,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  types: Readonly<Record<string, string>> = {},
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const typeOf = (column: string) => types[column] ?? 'text';
  const definitions = columns.map((column) => `${column} ${typeOf(column)}`);
  await query(url, `CREATE TABLE IF NOT EXISTS ${table} (${definitions.join(', ')})`);
  // PostgreSQL takes neither NUL nor half an emoji; a surrogate alone becomes U+FFFD on the way, as in any UTF-8.
  const arrays = columns.map((column) => rows.map((row) => row[column] ?? null));
  const unnest = columns.map((column, index) => `$${index + 1}::${typeOf(column)}[]`);
  await query(url, `INSERT INTO ${table} SELECT * FROM unnest(${unnest.join(', ')})`, arrays);
}

export async function query(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // The query itself rejects.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
