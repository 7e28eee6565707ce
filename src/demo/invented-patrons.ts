import { type InventedAddress, InventedCounty } from './invented-county.ts';
import { createRandom } from './random.ts';

/** The county that they live in. No county of the United States is 999. */
export const demoCounty = new InventedCounty({ county: '36999', firstZip: 1, blocks: 12, tractBlocks: 3 });

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

const libraries = ['demo1', 'demo2', 'demo3', 'none'];

/**
 * Invents patrons: families share an address, a branch that was loaded in one go shares its timestamp, some addresses
 * are written badly, some are none.
 * @param until everything happened in the four weeks before
 */
export function inventPatrons(count: number, seed: number, until: Date): InventedPatron[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const start = until.getTime() - 28 * 24 * 3600 * 1000;
  const homes = [...demoCounty.addresses()];
  const patrons: InventedPatron[] = [];
  for (let number = 1; patrons.length < count; number += 1) {
    const home = pick(homes);
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
        ...addressOf(home, random()),
      });
    }
  }
  return patrons;
}

/** Most addresses are in order; the others are as people type them. */
function addressOf({ number, street, zip: postalCode }: InventedAddress, dice: number) {
  const city = 'DEMOVILLE';
  const region = 'NY';
  const line = `${number} ${street}`;
  if (dice < 0.05) return { street: `PO BOX ${number}`, city, region, postalCode };
  if (dice < 0.1)
    return {
      street: `C/O The Keeper, ${line}, ${city} ${region} ${postalCode}`,
      city: '',
      region: '',
      postalCode,
    };
  if (dice < 0.15) return { street: `${number} NOWHERE BLVD`, city, region, postalCode };
  if (dice < 0.17) return { street: '', city: '', region: '', postalCode: '' };
  // Some leave out whether it is west or east.
  if (dice < 0.25) return { street: line.replace(/ [EW] /, ' '), city, region, postalCode };
  const unit = dice < 0.5 ? ' APT 4C' : '';
  return { street: line.toUpperCase() + unit, city, region, postalCode };
}
