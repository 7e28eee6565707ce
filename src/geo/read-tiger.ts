import { PatronflowError } from '../core/errors.ts';
import { type BlockSide, IndexBuilder, type SideProblem, unknownCoverage } from './build-index.ts';
import type { EncodedIndex } from './encode-index.ts';
import { type TigerFile, withTable } from './tiger-files.ts';

/** The tracts that an index is made of: those of a census, or of the files' own year. */
export type TractYear = '2020' | '2010' | '2000' | 'current';

export interface TigerSummary {
  /** Sides of ADDRFEAT that have numbers, and what became of them. */
  readonly sides: number;
  readonly used: number;
  readonly problems: Readonly<Partial<Record<Exclude<SideProblem, null>, number>>>;
  readonly faces: number;
  /** Names from FEATNAMES, besides the one of the range itself, of sides that were used. */
  readonly aliases: number;
}

/**
 * Makes an index from TIGER/Line: ADDRFEAT has the ranges of a street's sides and the face that lies on each side,
 * FACES has the tract of a face, and FEATNAMES other names of an edge. No geometry is needed.
 * Chapters 4.5 and 4.12 of the TIGER/Line technical documentation.
 * @param tracts null for those of the newest census that all FACES have
 * @throws PatronflowError FILE_UNREADABLE
 */
export async function readTiger(
  files: readonly TigerFile[],
  tracts: TractYear | null,
  signal: AbortSignal,
): Promise<{ readonly index: EncodedIndex; readonly summary: TigerSummary }> {
  const of = (kind: TigerFile['kind']) => files.filter((file) => file.kind === kind);
  const [ranges, faceFiles, nameFiles] = [of('addrfeat'), of('faces'), of('featnames')];
  if (ranges.length === 0 || faceFiles.length === 0) {
    throw new PatronflowError(
      'FILE_UNREADABLE',
      `There are no ${ranges.length === 0 ? 'ADDRFEAT' : 'FACES'} files.`,
      {
        hint: 'An index needs ADDRFEAT of each county, and FACES of each county and of those beside it.',
      },
    );
  }
  const year = commonYear(faceFiles, tracts);
  const faces = new Map<number, string | null>();
  const own = new Set(ranges.map((file) => file.county));
  const beyond = new Set<string>();
  for (const file of faceFiles) await readFaces(file, year, faces, signal, own, beyond);
  const builder = new IndexBuilder();
  const counts = new SideCounts();
  // One county at a time, or the names of a whole state would be in memory.
  for (const county of new Set(ranges.map((file) => file.county))) {
    const names = new Map<number, Set<string>>();
    for (const file of nameFiles) if (file.county === county) await readNames(file, names, signal);
    for (const file of ranges) {
      if (file.county !== county) continue;
      await readRanges(file, names, faces, signal, (side) => counts.count(builder.add(side), side));
    }
  }
  const years = [...new Set([...ranges, ...faceFiles, ...nameFiles].map((file) => file.year))].sort();
  const coverage = own.has('') ? unknownCoverage : { counties: own, zipsBeyond: beyond };
  return { index: builder.encode(years, year, coverage), summary: { ...counts, faces: faces.size } };
}

class SideCounts {
  sides = 0;
  used = 0;
  aliases = 0;
  readonly problems: Partial<Record<Exclude<SideProblem, null>, number>> = {};

  count(problem: SideProblem, { names }: BlockSide): void {
    this.sides += 1;
    if (problem !== null) this.problems[problem] = (this.problems[problem] ?? 0) + 1;
    else {
      this.used += 1;
      this.aliases += names.length - 1;
    }
  }
}

/** The columns of a tract, in FACES of 2020 STATEFP20, COUNTYFP20 and TRACTCE20. */
function tractColumns(year: TractYear): readonly string[] {
  const suffix = year === 'current' ? '' : year.slice(2);
  return [`STATEFP${suffix}`, `COUNTYFP${suffix}`, `TRACTCE${suffix}`];
}

/** @returns the census that is wanted, or the newest one, after a look that all files have its tracts */
function commonYear(files: readonly TigerFile[], wanted: TractYear | null): TractYear {
  const years: readonly TractYear[] = wanted ? [wanted] : ['2020', '2010', '2000', 'current'];
  const has = (file: TigerFile, year: TractYear) =>
    tractColumns(year).every((column) => file.columns.includes(column));
  const year = years.find((each) => files.every((file) => has(file, each)));
  if (year !== undefined) return year;
  const lacking = files.find((file) => years.every((each) => !has(file, each)));
  throw new PatronflowError(
    'FILE_UNREADABLE',
    lacking
      ? `${lacking.path} has no tracts of ${years.join(', ')}.`
      : 'The FACES files have the tracts of no census in common.',
    {
      hint: 'Take FACES of one decade; those of 2020 and later have the tracts of 2020, those before the tracts of 2010.',
    },
  );
}

/**
 * Adds the tract of each face; null for a face that two files put into different tracts. To `zipsBeyond` it adds the
 * ZIPs of faces outside of some counties.
 */
async function readFaces(
  file: TigerFile,
  year: TractYear,
  faces: Map<number, string | null>,
  signal: AbortSignal,
  counties: ReadonlySet<string>,
  zipsBeyond: Set<string>,
): Promise<void> {
  const zipColumns = file.columns.filter((column) => column.startsWith('ZCTA5CE')).slice(0, 1);
  // A tract has many faces, which are to share its text.
  const geoids = new Map<string, string>();
  await withTable(file.path, signal, async (table) => {
    for await (const rows of table.rows(['TFID', ...tractColumns(year), ...zipColumns])) {
      for (const [face = '', state = '', county = '', tract = '', zip = ''] of rows) {
        const text = state + county + tract;
        if (face === '' || !/^\d{11}$/.test(text)) continue;
        if (zip !== '' && !counties.has(state + county)) zipsBeyond.add(zip);
        const geoid = geoids.get(text) ?? text;
        geoids.set(geoid, geoid);
        const known = faces.get(Number(face));
        faces.set(Number(face), known === undefined || known === geoid ? geoid : null);
      }
    }
  });
}

/** Adds the names of each edge. */
async function readNames(
  file: TigerFile,
  names: Map<number, Set<string>>,
  signal: AbortSignal,
): Promise<void> {
  await withTable(file.path, signal, async (table) => {
    for await (const rows of table.rows(['TLID', 'FULLNAME'])) {
      for (const [edge = '', name = ''] of rows) {
        if (name === '') continue;
        const known = names.get(Number(edge));
        if (known) known.add(name);
        else names.set(Number(edge), new Set([name]));
      }
    }
  });
}

const rangeColumns = ['TLID', 'FULLNAME'];
const sideColumns = (side: 'L' | 'R') => [
  `${side}FROMHN`,
  `${side}TOHN`,
  `PARITY${side}`,
  `ZIP${side}`,
  `TFID${side}`,
  `OFFSET${side}`,
];

/** Calls back with each side that has numbers. */
async function readRanges(
  file: TigerFile,
  names: ReadonlyMap<number, ReadonlySet<string>>,
  faces: ReadonlyMap<number, string | null>,
  signal: AbortSignal,
  onSide: (side: BlockSide) => void,
): Promise<void> {
  const columns = [...rangeColumns, ...sideColumns('L'), ...sideColumns('R')];
  await withTable(file.path, signal, async (table) => {
    for await (const rows of table.rows(columns)) {
      for (const [edge = '', name = '', ...sides] of rows) {
        const all = names.get(Number(edge));
        const others = all ? [...all].filter((other) => other !== name) : [];
        for (const values of [sides.slice(0, 6), sides.slice(6)]) {
          const [from = '', to = '', parity = '', zip = '', face = '', offset = ''] = values;
          if (from === '' && to === '') continue;
          const geoid = faces.get(Number(face)) ?? null;
          onSide({ names: [name, ...others], from, to, parity, zip, geoid, isOffset: offset === 'Y' });
        }
      }
    }
  });
}
