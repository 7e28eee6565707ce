import { hyphenFlag, partialFlag } from './tract-index.ts';

/** Share of ranges with hyphens above which a ZIP is one where 37-06 and 3706 are the same; elsewhere they are oddities. */
const hyphenShare = 0.1;

/** The counties of each ZIP. */
export class ZipCounties {
  readonly #ranges = new Map<number, Map<number, { all: number; hyphenated: number }>>();

  count(zip: number, county: number, isHyphenated: boolean): void {
    const counties = this.#ranges.get(zip) ?? new Map<number, { all: number; hyphenated: number }>();
    const counts = counties.get(county) ?? { all: 0, hyphenated: 0 };
    counts.all += 1;
    if (isHyphenated) counts.hyphenated += 1;
    counties.set(county, counts);
    this.#ranges.set(zip, counties);
  }

  /** In order; the county with the flags. @param partial ZIPs that reach into a county that was not built in */
  pairs(partial: ReadonlySet<number>): (readonly [zip: number, county: number])[] {
    const all = [...this.#ranges].flatMap(([zip, counties]) =>
      [...counties].map(([county, counts]) => {
        const hasHyphens = counts.hyphenated >= counts.all * hyphenShare;
        const flags = (hasHyphens ? hyphenFlag : 0) + (partial.has(zip) ? partialFlag : 0);
        return [zip, county, county + flags] as const;
      }),
    );
    all.sort(([zip, county], [otherZip, otherCounty]) => zip - otherZip || county - otherCounty);
    return all.map(([zip, , flagged]) => [zip, flagged]);
  }
}
