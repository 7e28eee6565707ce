/**
 * Tells whether a record of several lines looks like rows that two stray quotes joined. A quote that opens in one row
 * and a quote that closes in the same column of a later one leave a record with the right number of fields; the rows
 * between them are inside a value, and their people in no count.
 *
 * The lines of such a value have the delimiters of whole rows, which those of an address have not. A delimiter before a
 * single blank is punctuation.
 */
export function looksJoined(fields: readonly string[], delimiter: string): boolean {
  if (fields.length < 2) return false;
  return fields.some((field, column) => {
    if (!/[\r\n]/.test(field)) return false;
    const lines = field.split(/\r\n|\n|\r/);
    const delimiters = lines.map((line) => delimitersOf(line, delimiter));
    const ofRow = fields.length - 1;
    if (delimiters.slice(1, -1).includes(ofRow)) return true;
    return delimiters[0] === ofRow - column && delimiters.at(-1) === column;
  });
}

/** The delimiters of a line; NaN, which is no number of a row, where one of them is punctuation. */
function delimitersOf(line: string, delimiter: string): number {
  const parts = line.split(delimiter);
  return parts.slice(1).some((part) => /^ (?! )/.test(part)) ? Number.NaN : parts.length - 1;
}
