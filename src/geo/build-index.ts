import { Numbering } from './columns.ts';
import { type Coverage, type EncodedIndex, encodeIndex, SideColumns } from './encode-index.ts';
import { type NumberRange, readNumberRange, type UnusableRange } from './house-number.ts';
import { readStreetName, type StreetName } from './street-name.ts';
import { offsetFlag, parities, parityShift, unknownTract } from './tract-index.ts';

/** One side of a block, as TIGER has it. */
export interface BlockSide {
  /** The name of the street, and others that it goes by. */
  readonly names: readonly string[];
  readonly from: string;
  readonly to: string;
  /** O, E, B or ''. */
  readonly parity: string;
  readonly zip: string;
  /** The tract of the face on that side; null when no file has the face. */
  readonly geoid: string | null;
  readonly isOffset: boolean;
}

/** Why a side could not be used; null when it was. */
export type SideProblem = UnusableRange | 'no_zip' | 'no_face' | 'no_name' | null;

/** For sides of which no file says what lies around them. */
export const unknownCoverage: Coverage = { counties: null, zipsBeyond: new Set() };

/** Makes an index from block sides in any order: the same sides give the same bytes. */
export class IndexBuilder {
  readonly #names = new Numbering();
  readonly #variants = new Numbering();
  readonly #prefixes = new Numbering();
  readonly #tracts = new Numbering();
  /** What street names come to; null for those without a name. */
  readonly #read = new Map<string, readonly [name: number, variant: number] | null>();
  readonly #sides = new SideColumns();

  /** @returns why the side cannot be used, or null when its tract can be found */
  add(side: BlockSide): SideProblem {
    if (!/^\d{5}$/.test(side.zip) || side.zip === noZip) return 'no_zip';
    const range = readNumberRange(side.from, side.to, side.parity);
    if (typeof range === 'string') return range;
    const streets = new Set(side.names.flatMap(namesIn).map((name) => this.#readName(name)));
    streets.delete(null);
    // Without its face a side is in all the same, so that its numbers are not taken for the other side's.
    for (const street of streets) if (street) this.#push(street, range, side, side.geoid ?? unknownTract);
    if (streets.size === 0) return 'no_name';
    return side.geoid === null ? 'no_face' : null;
  }

  #push(
    [name, variant]: readonly [number, number],
    { prefix, low, high, parity }: NumberRange,
    { zip, isOffset }: BlockSide,
    geoid: string,
  ): void {
    const sides = this.#sides;
    sides.name.push(name);
    sides.variant.push(variant);
    sides.zip.push(Number(zip));
    sides.prefix.push(this.#prefixes.numberOf(prefix));
    sides.low.push(low);
    sides.high.push(high);
    sides.tract.push(this.#tracts.numberOf(geoid));
    sides.flags.push((parities.indexOf(parity) << parityShift) | (isOffset ? offsetFlag : 0));
  }

  /**
   * @param tiger years of the files
   * @param tracts the census whose tracts they are, or `current`
   */
  encode(tiger: readonly string[], tracts: string, coverage: Coverage = unknownCoverage): EncodedIndex {
    return encodeIndex(
      this.#sides,
      {
        names: this.#names.sorted(),
        variants: this.#variants.sorted(),
        prefixes: this.#prefixes.sorted(),
        tracts: this.#tracts.sorted(),
      },
      { tiger, tracts },
      coverage,
    );
  }

  #readName(text: string): readonly [number, number] | null {
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const street = readStreetName(text);
    const read =
      street && ([this.#names.numberOf(street.name), this.#variants.numberOf(variantText(street))] as const);
    this.#read.set(text, read);
    return read;
  }
}

/** 296th Avenue (Co Hwy B) is two names of one street, and so is Co Hwy G, 30th Ave. */
function namesIn(text: string): string[] {
  // The latter is looked up whole too.
  return (/[,;]/.test(text) ? [text, ...text.split(/[(),;]/)] : text.split(/[()]/)).filter(
    (name) => name.trim() !== '',
  );
}

/** TIGER's ZIP for where no mail is delivered. */
const noZip = '99999';

function variantText({ before, type, after }: StreetName): string {
  return `${before}|${type}|${after}`;
}
