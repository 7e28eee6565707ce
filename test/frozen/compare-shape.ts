/**
 * Compares what a program prints today with what an older version printed, for those who read it by machine. A key
 * may be added; a key that is missing, or has a value of another type, is a difference. Values do not count.
 * @returns the differences, a sentence each
 */
export function differencesOfShape(frozen: unknown, found: unknown, path = 'the whole'): readonly string[] {
  const [was, is] = [typeOf(frozen), typeOf(found)];
  if (was !== is) return [`${path} was ${was} and is ${is}`];
  if (Array.isArray(frozen) && Array.isArray(found)) return differencesOfLists(frozen, found, path);
  if (was !== 'an object') return [];
  const today = found as Record<string, unknown>;
  return Object.entries(frozen as Record<string, unknown>).flatMap(([key, value]) => {
    const place = path === 'the whole' ? key : `${path}.${key}`;
    return key in today ? differencesOfShape(value, today[key], place) : [`${place} is missing`];
  });
}

/** Lists may have another length and order. Each item of one has to be like an item of the other. */
function differencesOfLists(frozen: unknown[], found: unknown[], path: string): readonly string[] {
  if (frozen.length === 0) return [];
  if (found.length === 0) return [`${path} was a list of items and is empty`];
  const fewest = (all: (readonly string[])[]) =>
    all.reduce((least, each) => (each.length < least.length ? each : least));
  const at = (index: number) => `${path}[${index}]`;
  return [
    ...found.flatMap((item, index) => fewest(frozen.map((was) => differencesOfShape(was, item, at(index))))),
    ...frozen.flatMap((was, index) => fewest(found.map((item) => differencesOfShape(was, item, at(index))))),
  ];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
