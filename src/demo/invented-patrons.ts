import { createRandom } from './random.ts';

/** A street of the invented town, with its ZIP code and its tract. No county of the United States is 999. */
export interface InventedStreet {
  readonly street: string;
  readonly postal_code: string;
  readonly geoid: string;
}

export interface InventedPatron {
  readonly id: number;
  readonly created: Date;
  readonly updated: Date;
  readonly active: Date;
  readonly patronType: number;
  readonly pcode3: number;
  readonly homeLibrary: string;
  readonly street: string;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
}

const names = ['ALDER', 'BEECH', 'CEDAR', 'DOGWOOD', 'ELM', 'FIR', 'GINKGO', 'HAZEL', 'IRONWOOD', 'JUNIPER'];
const kinds = ['ST', 'AVE', 'LN', 'PL'];
const libraries = ['demo1', 'demo2', 'demo3', 'none'];

export const inventedStreets: readonly InventedStreet[] = names.flatMap((name, index) =>
  kinds.map((kind, place) => ({
    street: `${name} ${kind}`,
    postal_code: `0000${1 + (index % 5)}`,
    geoid: `36999${String(100 * (1 + index) + place).padStart(6, '0')}`,
  })),
);

/** The streets as the demo's geocoder reads them. */
export function streetsCsv(): string {
  const lines = inventedStreets.map(({ street, postal_code, geoid }) => `${street},${postal_code},${geoid}`);
  return `street,postal_code,geoid\n${lines.join('\n')}\n`;
}

/**
 * Invents patrons: families share an address, a branch that was loaded in one go shares its timestamp, some addresses
 * are written badly, some are none.
 * @param until everything happened in the four weeks before
 */
export function inventPatrons(count: number, seed: number, until: Date): InventedPatron[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const start = until.getTime() - 28 * 24 * 3600 * 1000;
  const patrons: InventedPatron[] = [];
  for (let number = 1; patrons.length < count; number += 1) {
    const home = pick(inventedStreets);
    const house = 1 + Math.floor(random() * 400);
    const members = random() < 0.3 ? 2 + Math.floor(random() * 3) : 1;
    // Every twentieth household came with a load of records that all carry the same second.
    const at = number % 20 === 0 ? start + 3_600_000 : start + random() * 27 * 24 * 3600 * 1000;
    for (let member = 0; member < members && patrons.length < count; member += 1) {
      const created = new Date(at);
      patrons.push({
        id: 480_000_000_000 + patrons.length * 7,
        created,
        updated: created,
        active: new Date(at + random() * (until.getTime() - at)),
        patronType: pick([10, 10, 10, 20, 30]),
        pcode3: pick([1, 2, 3]),
        homeLibrary: pick(libraries),
        ...addressOf(home, house, random()),
      });
    }
  }
  return patrons;
}

/** Most addresses are in order; the others are as people type them. */
function addressOf({ street, postal_code }: InventedStreet, house: number, dice: number) {
  const city = 'DEMOVILLE';
  const region = 'NY';
  if (dice < 0.05) return { street: `PO BOX ${house}`, city, region, postalCode: postal_code };
  if (dice < 0.1)
    return {
      street: `C/O The Keeper, ${house} ${street}, ${city} ${region} ${postal_code}`,
      city: '',
      region: '',
      postalCode: postal_code,
    };
  if (dice < 0.15) return { street: `${house} NOWHERE BLVD`, city, region, postalCode: postal_code };
  if (dice < 0.17) return { street: '', city: '', region: '', postalCode: '' };
  const unit = dice < 0.5 ? ` APT ${1 + (house % 9)}` : '';
  return { street: `${house} ${street}${unit}`, city, region, postalCode: postal_code };
}
