/**
 * The name under which a file is put beside others, none of which it takes the place of: `PEOPLE.csv`, or `PEOPLE-2.csv` where that
 * is taken. The number stands before the first dot, so that a feed and its marker, `PEOPLE.csv.done`, get the same.
 * @param taken names that are there; upper and lower case count as one, as on some disks
 */
export function freeName(name: string, taken: Iterable<string>): string {
  const folded = new Set([...taken].map((each) => each.toLowerCase()));
  const dot = name.indexOf('.', 1);
  const end = dot < 0 ? name.length : dot;
  let found = name;
  for (let number = 2; folded.has(found.toLowerCase()); number += 1)
    found = `${name.slice(0, end)}-${number}${name.slice(end)}`;
  return found;
}
