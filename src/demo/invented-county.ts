/**
 * Counties that are not there, as TIGER/Line would have them: a grid of streets with blocks between them, which are
 * the faces, and squares of blocks as tracts. All that lies outside belongs to a neighbour. Everything follows from
 * the options, so that the maker of a county knows the tract of every address in it.
 */
export interface CountyOptions {
  /** State and county, 5 digits. */
  readonly county: string;
  /** Of the south-west quarter; the others follow. */
  readonly firstZip: number;
  /** Blocks to a side. */
  readonly blocks: number;
  /** Blocks to a side of a tract. */
  readonly tractBlocks: number;
  /** Numbers as in Queens, 37-06. */
  readonly hasHyphens?: boolean;
  /** Streets that begin in the middle, once for each quarter of the county: 3rd St NW and 3rd St SE. */
  readonly hasQuarters?: boolean;
}

export interface InventedAddress {
  readonly number: string;
  /** As ADDRFEAT has it. */
  readonly street: string;
  /** Another name of it, which FEATNAMES has; '' for none. */
  readonly alias: string;
  readonly zip: string;
  readonly geoid: string;
}

/** A table of TIGER/Line with the columns that matter, and some that do not. */
export interface InventedTable {
  readonly columns: readonly Column[];
  readonly rows: () => Iterable<readonly string[]>;
}

type Column = readonly [name: string, width: number];

/** One side of a street between two corners. */
interface Side {
  readonly from: string;
  readonly to: string;
  readonly parity: 'O' | 'E';
  readonly face: number;
  readonly zip: string;
}

interface Edge {
  readonly id: number;
  readonly street: string;
  readonly alias: string;
  readonly left: Side;
  readonly right: Side;
}

const sideColumns = (side: 'L' | 'R'): readonly Column[] => [
  [`${side}FROMHN`, 12],
  [`${side}TOHN`, 12],
  [`ZIP${side}`, 5],
  [`PARITY${side}`, 1],
  [`OFFSET${side}`, 1],
];

const addrfeatColumns: readonly Column[] = [
  ['TLID', 10],
  ['TFIDL', 10],
  ['TFIDR', 10],
  ['LINEARID', 22],
  ['FULLNAME', 100],
  ...sideColumns('L'),
  ...sideColumns('R'),
];

const featnamesColumns: readonly Column[] = [
  ['TLID', 10],
  ['FULLNAME', 100],
  ['LINEARID', 22],
  ['PAFLAG', 1],
];

const facesColumns: readonly Column[] = [
  ['TFID', 10],
  ['STATEFP20', 2],
  ['COUNTYFP20', 3],
  ['TRACTCE20', 6],
  ['STATEFP', 2],
  ['COUNTYFP', 3],
  ['TRACTCE', 6],
  ['LWFLAG', 1],
];

const trees =
  'Maple Oak Elm Cedar Walnut Chestnut Birch Linden Hickory Willow Aspen Juniper Laurel Alder'.split(' ');
const types = ['Ave', 'Rd', 'Dr', 'Ln', 'Pl'];

export class InventedCounty {
  readonly #options: CountyOptions;
  readonly #firstFace: number;

  constructor(options: CountyOptions) {
    this.#options = options;
    this.#firstFace = Number(options.county) * 100_000;
  }

  /** Two rows a block or so, with two sides each. */
  addrfeat(): InventedTable {
    return {
      columns: addrfeatColumns,
      rows: () =>
        map(this.#edges(), ({ id, street, left, right }) => [
          String(id),
          String(left.face),
          String(right.face),
          '',
          street,
          ...sideValues(left),
          ...sideValues(right),
        ]),
    };
  }

  featnames(): InventedTable {
    const named = () => filter(this.#edges(), ({ alias }) => alias !== '');
    return {
      columns: featnamesColumns,
      rows: () => map(named(), ({ id, alias }) => [String(id), alias, '', 'P']),
    };
  }

  /** @param isNeighbour the faces around the county in place of its own */
  faces(isNeighbour = false): InventedTable {
    const { blocks } = this.#options;
    const faces = function* (county: InventedCounty): Generator<readonly string[]> {
      for (let row = -1; row <= blocks; row += 1) {
        for (let column = -1; column <= blocks; column += 1) {
          if (county.#isInside(row, column) === isNeighbour) continue;
          const geoid = county.#geoid(row, column);
          const parts = [geoid.slice(0, 2), geoid.slice(2, 5), geoid.slice(5)];
          yield [String(county.#face(row, column)), ...parts, ...parts, 'L'];
        }
      }
    };
    return { columns: facesColumns, rows: () => faces(this) };
  }

  /** Some addresses of every side. */
  *addresses(): Generator<InventedAddress> {
    for (const { street, alias, left, right } of this.#edges()) {
      for (const side of [left, right]) {
        if (side.from === '' || !this.#isOwn(side.face)) continue;
        const geoid = this.#geoid(...this.#placeOf(side.face));
        for (const number of [side.from, side.to]) yield { number, street, alias, zip: side.zip, geoid };
      }
    }
  }

  *#edges(): Generator<Edge> {
    const { blocks, hasQuarters = false } = this.#options;
    let id = this.#firstFace;
    for (let line = 0; line <= blocks; line += 1) {
      for (let at = 0; at < blocks; at += 1) {
        const [across, along] = hasQuarters ? this.#quarterNames(line, at) : this.#plainNames(line, at);
        const number = hasQuarters ? this.#fromMiddle(at) : at;
        yield this.#edge(id++, across, '', number, [line, at], [line - 1, at]);
        const alias = line % 7 === 3 && !hasQuarters ? `State Hwy ${line}` : '';
        yield this.#edge(id++, along, alias, number, [at, line - 1], [at, line]);
      }
    }
  }

  #plainNames(line: number, at: number): readonly [across: string, along: string] {
    const across = `${at * 2 < this.#options.blocks ? 'W' : 'E'} ${ordinal(line + 1)} St`;
    const tree = `${trees[line % trees.length]}${line < trees.length ? '' : `wood ${line}`}`;
    return [across, `${tree} ${types[line % types.length]}`];
  }

  #quarterNames(line: number, at: number): readonly [across: string, along: string] {
    const { blocks } = this.#options;
    const isFirst = (place: number) => place * 2 < blocks;
    const from = this.#fromMiddle(line);
    const tree = `${trees[from % trees.length]}${from % 3 === 0 ? ' Hollow' : ''}`;
    const across = `${isFirst(line) ? 'S' : 'N'}${isFirst(at) ? 'W' : 'E'}`;
    const along = `${isFirst(at) ? 'S' : 'N'}${isFirst(line) ? 'W' : 'E'}`;
    return [`${ordinal(from + 1)} St ${across}`, `${tree} ${types[from % types.length]} ${along}`];
  }

  /** How many blocks lie between one and the middle. */
  #fromMiddle(place: number): number {
    const middle = Math.ceil(this.#options.blocks / 2);
    return place < middle ? middle - 1 - place : place - middle;
  }

  #edge(id: number, street: string, alias: string, at: number, left: Place, right: Place): Edge {
    // A quarter of all ranges descend.
    const [first, last] = id % 4 === 0 ? [98, 2] : [2, 98];
    const side = (place: Place, odd: 0 | 1, parity: 'O' | 'E'): Side => ({
      from: this.#number(at, first + odd),
      to: this.#number(at, last + odd),
      parity,
      face: this.#face(...place),
      zip: this.#zip(...(this.#isInside(...place) ? place : left === place ? right : left)),
    });
    return { id, street, alias, left: side(left, 0, 'E'), right: side(right, 1, 'O') };
  }

  #number(block: number, number: number): string {
    if (this.#options.hasHyphens) return `${block + 1}-${String(number).padStart(2, '0')}`;
    return String((block + 1) * 100 + number);
  }

  #isInside(row: number, column: number): boolean {
    const { blocks } = this.#options;
    return row >= 0 && row < blocks && column >= 0 && column < blocks;
  }

  #isOwn(face: number): boolean {
    return this.#isInside(...this.#placeOf(face));
  }

  #face(row: number, column: number): number {
    return this.#firstFace + (row + 1) * (this.#options.blocks + 2) + column + 1;
  }

  #placeOf(face: number): Place {
    const width = this.#options.blocks + 2;
    const place = face - this.#firstFace;
    return [Math.floor(place / width) - 1, (place % width) - 1];
  }

  #zip(row: number, column: number): string {
    const { blocks, firstZip } = this.#options;
    const quarter = (row * 2 < blocks ? 0 : 2) + (column * 2 < blocks ? 0 : 1);
    return String(firstZip + quarter).padStart(5, '0');
  }

  #geoid(row: number, column: number): string {
    const { county, tractBlocks, blocks } = this.#options;
    if (!this.#isInside(row, column))
      return `${county.slice(0, 2)}${String(Number(county.slice(2)) + 1).padStart(3, '0')}000100`;
    const width = Math.ceil(blocks / tractBlocks);
    const tract = Math.floor(row / tractBlocks) * width + Math.floor(column / tractBlocks) + 1;
    return `${county}${String(tract * 100).padStart(6, '0')}`;
  }
}

type Place = readonly [row: number, column: number];

function sideValues({ from, to, zip, parity }: Side): readonly string[] {
  return [from, to, zip, parity, 'N'];
}

function ordinal(number: number): string {
  const ending = /1[123]$/.test(String(number)) ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}

function* map<T, U>(values: Iterable<T>, change: (value: T) => U): Generator<U> {
  for (const value of values) yield change(value);
}

function* filter<T>(values: Iterable<T>, isWanted: (value: T) => boolean): Generator<T> {
  for (const value of values) if (isWanted(value)) yield value;
}

/** A table as a .dbf file, in pieces. */
export function* dbfOf({ columns, rows }: InventedTable): Generator<Buffer> {
  const rowLength = columns.reduce((sum, [, width]) => sum + width, 1);
  let length = 0;
  for (const _ of rows()) length += 1;
  const header = Buffer.alloc(32 + 32 * columns.length + 1);
  header.writeUInt8(3, 0);
  header.writeUInt32LE(length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(rowLength, 10);
  for (const [place, [name, width]] of columns.entries()) {
    header.write(name, 32 * (place + 1), 'latin1');
    header.write('C', 32 * (place + 1) + 11, 'latin1');
    header.writeUInt8(width, 32 * (place + 1) + 16);
  }
  header.writeUInt8(0x0d, header.length - 1);
  yield header;
  let text = '';
  for (const row of rows()) {
    text += ` ${row.map((value, place) => value.padEnd(columns[place]?.[1] ?? 0)).join('')}`;
    if (text.length < 2 ** 18) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(`${text}\x1a`, 'latin1');
}
