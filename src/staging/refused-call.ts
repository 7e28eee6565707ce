/** Functions that make tables of nothing but what they are given. All others read files, tell of the program, or change it. */
const harmlessTables = new Set([
  'range',
  'generate_series',
  'unnest',
  'json_each',
  'json_tree',
  'query_table',
]);

/** Functions of values that do more than make one. */
const otherFunctions = new Set(['write_log', 'sleep_ms', 'pg_sleep', 'getenv']);

/**
 * Finds what a query may not call. Settings that are locked do not keep a SELECT from calling functions that change the
 * program: `enable_logging` to a file ends the process, and `query` hides all others in a text.
 * @param tree the query, as `json_serialize_sql` gives it
 * @returns the name of the function; null where there is none
 */
export function refusedCall(tree: string): string | null {
  let found: string | null = null;
  JSON.parse(tree, (_, node: unknown) => {
    const table = Reflect.get(Object(node), 'type') === 'TABLE_FUNCTION';
    const name = nameOf(table ? Reflect.get(Object(node), 'function') : node);
    if (name !== null && (table ? !harmlessTables.has(name) : otherFunctions.has(name))) found = name;
    return node;
  });
  return found;
}

function nameOf(node: unknown): string | null {
  const name = Reflect.get(Object(node), 'function_name');
  return typeof name === 'string' ? name.toLowerCase() : null;
}
