/** A line of CSV, quoted by RFC 4180. */
export function csvLine(values: readonly string[]): string {
  const field = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return `${values.map(field).join(',')}\n`;
}

/** A value that a spreadsheet does not take for a formula: an apostrophe stands before signs that begin one. */
export function guarded(value: string): string {
  return /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

/** The value that `guarded` was given. */
export function unguarded(value: string): string {
  return /^'+[=+\-@\t\r]/.test(value) ? value.slice(1) : value;
}
