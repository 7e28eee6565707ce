import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatProblems, formatSchema } from '../../../src/config/feed-schema.ts';
import { readTable } from '../../../src/feeds/read-table.ts';
import type { FileReading } from '../../../src/feeds/table-rows.ts';
import { voyagerSif } from '../../../src/feeds/voyager-sif.ts';
import { formatOf } from './formats.ts';
import { wholeTable } from './tables.ts';

const positions = { ID: '1-4', NAME: '5-10', GRP: '12' };
const read = (text: string | Buffer, more: Record<string, unknown> = {}) =>
  wholeTable(text, 5, formatOf({ positions, ...more }));

describe('columns of fixed widths', () => {
  it('are cut where they stand, by characters and not by bytes, and lose the blanks around them', async () => {
    const { columns, rows } = await read('0001Zoë Mü-S\n0002李 山    F\r\n  3 "a,b"  X\n');
    expect(columns).toEqual(['ID', 'NAME', 'GRP']);
    expect(rows).toEqual([
      ['0001', 'Zoë Mü', 'S'],
      ['0002', '李 山', 'F'],
      ['3', '"a,b"', 'X'],
    ]);
  });

  it('count an emoji as one character, and a letter with a combining accent as two', async () => {
    const { rows, unreadable } = await read('0001😀𠮷    -S\n0002Zoe\u0308  -S\n0003😀     -Sx\n');
    expect(rows).toEqual([
      ['0001', '😀𠮷', 'S'],
      ['0002', 'Zoe\u0308', 'S'],
    ]);
    expect(unreadable).toEqual([{ line: 3, lines: 1, reason: 'wrong_width', fields: [13, 12] }]);
    const halves = await wholeTable(
      '0001a😀b\n',
      6,
      formatOf({ positions: { ID: '1-4', SIGN: '6', NEXT: '7' } }),
    );
    expect(halves.rows).toEqual([['0001', '😀', 'b']]);
  });

  it('are read as the documentation describes them', async () => {
    const page = readFileSync('docs/feeds.md', 'utf8');
    const [, lines = '', yaml = ''] =
      /### Fixed widths[\s\S]*?```text\n([\s\S]*?)```[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const { format } = parse(yaml).tables.people;
    const { columns, rows } = await wholeTable(lines, 7, formatOf(format));
    expect(columns).toEqual(['ID', 'LAST', 'FIRST', 'CLASS', 'EXPIRES']);
    expect(rows).toEqual([
      ['900000001', 'Quince', 'Ada', 'STU', '2027-05-31'],
      ['900000002', 'Muñoz', 'Zoë', 'FAC', '2027-12-31'],
    ]);
    const [, layout = ''] = /`layout: voyager-sif` is ([\s\S]*?)The addresses/.exec(page) ?? [];
    const { names } = voyagerSif;
    for (const [, name = ''] of layout.matchAll(/`(_?[A-Z][A-Z_0-9]*)`/g))
      expect(
        names.some((each) => (name.startsWith('_') ? each.endsWith(name) : each === name)),
        name,
      ).toBe(true);
  });

  it('stand in feeds of any length', async () => {
    // JavaScript has no text of more than half a billion characters.
    const line = Buffer.from(`${' '.repeat(2 ** 20 - 1)}\n`);
    async function* chunks() {
      for (let at = 0; at < 515; at += 1) yield line;
      yield Buffer.from('0001Ada   -S\n');
    }
    let last: FileReading | null = null;
    for await (const { file } of readTable(chunks(), 'people.txt', formatOf({ positions }))) last = file;
    expect(last).toMatchObject({ lines: 516, blank: 515, rows: 1 });
  });

  it('may overlap, in any order', async () => {
    const { rows } = await read('20260301\n', { positions: { DAY: '7-8', YEAR: '1-4', ALL: '1-8' } });
    expect(rows).toEqual([['01', '2026', '20260301']]);
  });

  it('have the same places in an old encoding', async () => {
    const { rows } = await read(Buffer.from('0001Zoë Mü-S\n', 'latin1'), { encoding: 'windows-1252' });
    expect(rows).toEqual([['0001', 'Zoë Mü', 'S']]);
  });

  const text = [
    '0001Ada   -S',
    '0002Bo',
    '0003Cy    -S     ',
    '0004Di    -S   x',
    '',
    '            ',
    '# 0005',
    '0006Ed    -S',
  ].join('\n');

  it('are not guessed in a line that is too short or too long', async () => {
    const { rows, unreadable, file } = await read(text, { comment: '#' });
    expect(rows.map(([id]) => id)).toEqual(['0001', '0003', '0006']);
    expect(unreadable).toEqual([
      { line: 2, lines: 1, reason: 'wrong_width', fields: [6, 12] },
      { line: 4, lines: 1, reason: 'wrong_width', fields: [16, 12] },
    ]);
    expect(file).toMatchObject({ lines: 8, header: 0, rows: 3, blank: 2, skipped: 1, unreadable: 2 });
    expect(file).toMatchObject({ cutOffInLine: null, broken: { records: 0 } });
  });

  it('may end early, where the format says that blanks are left away', async () => {
    const { rows, unreadable } = await read(text, { comment: '#', short_lines: 'pad' });
    expect(rows.map((row) => row.join())).toEqual(['0001,Ada,S', '0002,Bo,', '0003,Cy,S', '0006,Ed,S']);
    expect(unreadable).toHaveLength(1);
  });

  it('break off with the file', async () => {
    expect((await read('0001Ada   -S\n0002B')).file.cutOffInLine).toBe(2);
    expect((await read('0001Ada   -S\n0002Bo    -S')).file.cutOffInLine).toBe(null);
  });

  it.each([
    ['shorter than a row', 'TRAILER 2'],
    ['as long as a row', 'TRAILER    2'],
    ['longer than a row', 'TRAILER            2'],
  ])('have a trailer: %s', async (_what, trailer) => {
    for (const short of ['pad', 'reject']) {
      const { rows, file } = await read(`0001Ada   -S\n0002Bo    -S\n${trailer}\n`, {
        trailer: 'TRAILER{count}',
        short_lines: short,
      });
      expect(rows).toHaveLength(2);
      expect(file).toMatchObject({ skipped: 1, trailer: { expected: 2, found: 2 } });
    }
  });

  it.each([
    { ID: '0-4' },
    { ID: '4-1' },
    { ID: 'A' },
    { ID: '' },
    { ID: '1-' },
    { ID: '1-4-5' },
    { ID: '1 4' },
    { ID: '100000' },
  ])('have positions that can be read: %j', (wrong) => {
    const format = formatSchema.parse({ positions: wrong });
    expect(formatProblems(format).map(([key]) => key)).toEqual(['positions']);
  });
});

/** A line of blanks with texts at places, counted from 1 as the description of the layout does. */
function line(length: number, ...texts: readonly (readonly [number, string])[]): string {
  let found = ' '.repeat(length);
  for (const [at, text] of texts) found = found.slice(0, at - 1) + text + found.slice(at - 1 + text.length);
  return found;
}

const patronLength = 456;
const addressLength = 429;

/** A patron of Voyager. Places are those of the description of the record. */
function patron(
  id: string,
  addresses: number,
  { notes = '', count = String(addresses) }: { notes?: string; count?: string } = {},
): string {
  const cities = Array.from({ length: addresses }, (_, at): [number, string][] => {
    const start = patronLength + at * addressLength;
    return [
      [start + 11, at === 0 ? '1' : '2'],
      [start + 13, '2025.09.01'],
      [start + 33, `${at + 1} Mill Lane`],
      [start + 243, 'Albany'],
      [start + 283, 'NY'],
      [start + 290, `1220${at + 1}`],
      [start + 420, '2025.09.02'],
    ];
  }).flat();
  return (
    line(
      patronLength + addresses * addressLength,
      [1, '0000000001'],
      [21, `2180000${id}`],
      [46, 'STUDENT'],
      [56, '1'],
      [189, '2027.05.31'],
      [239, id],
      [280, 'ABC'],
      [310, '1'],
      [311, 'Quince'],
      [341, 'Ada'],
      [456, count],
      ...cities,
    ) + notes
  );
}

describe("Voyager's file of patrons", () => {
  const sif = async (text: string) => {
    const { columns, rows, ...more } = await wholeTable(text, 1_000, formatOf({ layout: 'voyager-sif' }));
    const people = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ''])));
    return { columns, people, ...more };
  };

  it('has the parts of a patron where Voyager puts them', async () => {
    const { people } = await sif(`${patron('900000001', 1)}\n`);
    expect(people[0]).toMatchObject({
      PATRON_ID: '0000000001',
      BARCODE_1: '2180000900000001',
      PATRON_GROUP_1: 'STUDENT',
      BARCODE_STATUS_1: '1',
      BARCODE_2: '',
      EXPIRATION_DATE: '2027.05.31',
      INSTITUTION_ID: '900000001',
      STATISTICAL_CATEGORY_1: 'ABC',
      NAME_TYPE: '1',
      SURNAME: 'Quince',
      FIRST_NAME: 'Ada',
      ADDRESS_COUNT: '1',
      ADDRESS_1_TYPE: '1',
      ADDRESS_1_BEGIN_DATE: '2025.09.01',
      ADDRESS_1_LINE_1: '1 Mill Lane',
      ADDRESS_1_CITY: 'Albany',
      ADDRESS_1_STATE: 'NY',
      ADDRESS_1_POSTAL_CODE: '12201',
      ADDRESS_1_UPDATED: '2025.09.02',
      ADDRESS_2_CITY: '',
      NOTES: '',
    });
  });

  it.each([0, 1, 2, 9])('has %i addresses, and notes behind the last', async (count) => {
    const { people, unreadable } = await sif(`${patron('900000001', count, { notes: 'Owes 2.50  ' })}\r\n`);
    expect(unreadable).toEqual([]);
    expect(people[0]).toMatchObject({ ADDRESS_COUNT: String(count), NOTES: 'Owes 2.50' });
    const cities = Array.from({ length: 9 }, (_, at) => people[0]?.[`ADDRESS_${at + 1}_LINE_1`]);
    expect(cities).toEqual(cities.map((_, at) => (at < count ? `${at + 1} Mill Lane` : '')));
  });

  it('may leave away the blanks at the end of the last address, and the number of none', async () => {
    const { people, unreadable } = await sif(
      [patron('1', 2).slice(0, -120), patron('2', 0, { count: ' ' }), patron('3', 1).trimEnd()].join('\n'),
    );
    expect(unreadable).toEqual([]);
    expect(people.map((each) => each.INSTITUTION_ID)).toEqual(['1', '2', '3']);
    expect(people[0]?.ADDRESS_2_CITY).toBe('Albany');
  });

  it.each([
    ['in the patron', patron('1', 0).slice(0, 400)],
    ['before the number of addresses', patron('1', 0).slice(0, 455)],
    ['before the last address', patron('1', 2).slice(0, patronLength + addressLength)],
    ['with a number of addresses that is none', patron('1', 1, { count: 'x' })],
    ['with more addresses than stand in it', patron('1', 1, { count: '3' })],
  ])('has lines that are cut, and counts them: %s', async (_what, cut) => {
    const { people, unreadable, file } = await sif(`${patron('8', 1)}\n${cut}\n${patron('9', 1)}\n`);
    expect(people.map((each) => each.INSTITUTION_ID)).toEqual(['8', '9']);
    expect(unreadable).toMatchObject([{ line: 2, lines: 1, reason: 'wrong_width' }]);
    expect(file).toMatchObject({ lines: 3, rows: 2, unreadable: 1 });
  });
});
