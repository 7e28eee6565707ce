/**
 * The one way in which values of a database driver become text, so that a template gives the same user
 * from every source: numbers in plain decimal notation, dates as ISO 8601, without a zone where the
 * column has none.
 */

/** `1e21` -> `1000000000000000000000`, `.5` -> `0.5`, `007` stays: only real numbers come here. */
export function numberText(value: number | bigint | string): string {
  const text = String(value);
  if (!/[eE]/.test(text)) return text.replace(/^(-?)\./, '$10.');
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)[eE]([+-]?\d+)$/.exec(text) ?? [];
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A wall-clock time (Oracle DATE and TIMESTAMP), which drivers hand over in the process's own zone. */
export function localTimeText(value: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const year = String(value.getFullYear()).padStart(4, '0');
  return (
    `${year}-${two(value.getMonth() + 1)}-${two(value.getDate())}` +
    `T${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`
  );
}

/** An instant (TIMESTAMP WITH TIME ZONE), in UTC to the second. */
export function instantText(value: Date): string {
  return `${value.toISOString().slice(0, 19)}Z`;
}
