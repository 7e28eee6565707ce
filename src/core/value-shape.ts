/** Longer shapes say no more. */
const longestShape = 30;

/** `999-99-9999` for an id, `Aaaaa` for a name: enough to see what a column holds, without a value. */
export function shapeOf(value: string): string {
  const signs = Array.from(value.slice(0, 4 * longestShape), (sign) => {
    if (/\p{Nd}/u.test(sign)) return '9';
    if (/\p{L}/u.test(sign)) return /\p{Ll}/u.test(sign) ? 'a' : 'A';
    return /^[ -~]$/.test(sign) ? sign : '?';
  });
  return signs.length > longestShape ? `${signs.slice(0, longestShape).join('')}…` : signs.join('');
}
