import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../support/failure.ts';
import { partsOf, readWorkbook, row, type Written, workbook, zipOf } from './workbooks.ts';

const people = row(1, 'ID', 'NAME') + row(2, '1', 'Ada Lovelace') + row(3, '2', 'Bo Plum');
const both = [
  ['1', 'Ada Lovelace'],
  ['2', 'Bo Plum'],
];

describe('the rows of a sheet', () => {
  it('have the numbers that Excel shows, and each is in a count', async () => {
    const { columns, rows, unreadable, file } = await readWorkbook({
      rows: [
        row(2, 'ID', 'NAME'),
        '<row r="3"/>',
        row(4, '1', 'Ada'),
        // Rows 5 and 6 are not written at all.
        row(7, 'id', 'name'),
        row(8, '2'),
        row(9, '3', 'Cy', 'too', 'many'),
        row(10, '', '', ''),
        row(11, ' ', ' '),
        '<row><c t="inlineStr"><is><t>4</t></is></c><c t="inlineStr"><is><t>Di</t></is></c></row>',
      ].join(''),
    });
    expect(columns).toEqual(['ID', 'NAME']);
    expect(rows).toEqual([
      ['1', 'Ada'],
      ['2', ''],
      ['4', 'Di'],
    ]);
    expect(unreadable).toEqual([{ line: 9, lines: 1, reason: 'too_many_fields', fields: [4, 2] }]);
    expect(file).toMatchObject({ lines: 9, header: 2, rows: 3, blank: 3, unreadable: 1, records: 3 });
  });

  it('may stand under a title, under several rows of names, or under none', async () => {
    const titled = row(1, 'People of the library') + row(3, 'ID', 'Home', '') + row(4, '', 'City', 'ZIP');
    const read = await readWorkbook(
      { rows: titled + row(5, '1', 'Albany', '12201') },
      { skipLines: 2, headerRows: 2 },
    );
    expect(read.columns).toEqual(['ID', 'Home City', 'ZIP']);
    expect(read.rows).toEqual([['1', 'Albany', '12201']]);
    expect(read.file).toMatchObject({ lines: 4, skipped: 1, header: 2, rows: 1 });

    const given = await readWorkbook({ rows: row(1, '1', 'Ada') + row(2, '2') }, { header: ['ID', 'NAME'] });
    expect(given.rows).toEqual([
      ['1', 'Ada'],
      ['2', ''],
    ]);
  });

  it('have their cells where the references say, and one behind the other without these', async () => {
    const { rows } = await readWorkbook({
      rows: `${row(1, 'A', 'B', 'C', 'D')}<row r="2"><c r="B2"><v>1</v></c><c><v>2</v></c></row><row r="3"><c r="D3"><v>4</v></c><c r="A3"><v>1</v></c></row>`,
    });
    expect(rows).toEqual([
      ['', '1', '2', ''],
      ['1', '', '', '4'],
    ]);
  });

  it('are those of the sheet that is asked for, by number or by name', async () => {
    const written = { rows: { 'A &amp; B': row(1, 'X'), People: people, Zoë: row(1, 'Y') } };
    expect((await readWorkbook(written, { sheet: 2 })).rows).toEqual(both);
    expect((await readWorkbook(written, { sheet: 'people' })).rows).toEqual(both);
    expect((await readWorkbook(written, { sheet: 'A & B' })).columns).toEqual(['X']);
    expect((await readWorkbook(written, { sheet: 'Zoë' })).columns).toEqual(['Y']);
  });

  it.each<[string, (parts: Record<string, string | null>) => Record<string, string | null>]>([
    [
      'in other cases',
      (parts) => Object.fromEntries(Object.entries(parts).map(([name, text]) => [name.toUpperCase(), text])),
    ],
    [
      'with targets from the root',
      (parts) => ({
        ...parts,
        'xl/_rels/workbook.xml.rels':
          '<Relationships><Relationship Id="rId1" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
      }),
    ],
  ])('are found where parts are named %s', async (_what, change) => {
    const bytes = await zipOf(change(partsOf({ rows: people })));
    expect((await readWorkbook(bytes)).rows).toEqual(both);
  });
});

/** Four bytes of a zip put to another number, at each place where a signature begins an entry. */
function withSizes(bytes: Buffer, size: number): Buffer {
  const changed = Buffer.from(bytes);
  for (let at = changed.indexOf('PK\u0001\u0002'); at >= 0; at = changed.indexOf('PK\u0001\u0002', at + 4))
    changed.writeUInt32LE(size, at + 24);
  return changed;
}

const sheetOf = (content: string): Written => ({
  rows: '',
  parts: { 'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${content}</sheetData></worksheet>` },
});

describe('a workbook that cannot be read', () => {
  const damaged = 'people.csv is a workbook that cannot be read.';

  it.each<[string, () => Promise<Buffer> | Buffer, string]>([
    ['is text', () => Buffer.from('ID,NAME\n'), 'people.csv is not an Excel workbook (.xlsx).'],
    ['is empty', () => Buffer.alloc(0), 'people.csv is not an Excel workbook (.xlsx).'],
    [
      'has a password, or is an .xls',
      () => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000)]),
      'people.csv has a password, or is an old .xls.',
    ],
    [
      'has a cell with a text that is not among the shared ones',
      () =>
        workbook({
          rows: `${people}<row r="9"><c r="A9" t="s"><v>99</v></c></row>`,
          strings: '<si><t>x</t></si>',
        }),
      damaged,
    ],
    ['is another zip', () => zipOf({ 'people.csv': 'ID\n' }), damaged],
    ['is cut', async () => (await workbook({ rows: people })).subarray(0, -100), damaged],
    ['is cut in its first part', async () => (await workbook({ rows: people })).subarray(0, 60), damaged],
    ['lies about its sizes: less', async () => withSizes(await workbook({ rows: people }), 10), damaged],
    ['lies about its sizes: more', async () => withSizes(await workbook({ rows: people }), 10_000), damaged],
    [
      'lacks its sheet',
      () => workbook({ rows: people, parts: { 'xl/worksheets/sheet1.xml': null } }),
      damaged,
    ],
    [
      'lacks its list of sheets',
      () => workbook({ rows: people, parts: { 'xl/workbook.xml': null } }),
      damaged,
    ],
    [
      'lacks its relations',
      () => workbook({ rows: people, parts: { 'xl/_rels/workbook.xml.rels': null } }),
      damaged,
    ],
    ['has XML that ends early', () => workbook(sheetOf('<row><c>')), damaged],
    [
      'has bytes that are no UTF-8',
      () =>
        zipOf({
          ...partsOf({ rows: people }),
          'xl/worksheets/sheet1.xml': Buffer.from('<a>\xff</a>', 'latin1'),
        }),
      damaged,
    ],
    [
      'has a document type',
      () =>
        workbook({
          rows: '',
          parts: { 'xl/worksheets/sheet1.xml': '<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>' },
        }),
      damaged,
    ],
    ['has entities of its own', () => workbook(sheetOf('<row><c><v>&other;</v></c></row>')), damaged],
    [
      'has a cell outside of the sheet',
      () => workbook(sheetOf('<row><c r="ZZZ1"><v>1</v></c></row>')),
      damaged,
    ],
    ['has a million columns', () => workbook(sheetOf(`<row>${'<c/>'.repeat(1_000_000)}</row>`)), damaged],
    [
      'has an endless text',
      () => workbook(sheetOf(`<row><c><v>${'1'.repeat(5_000_000)}</v></c></row>`)),
      damaged,
    ],
    ['has elements without end', () => workbook(sheetOf('<row>'.repeat(100_000))), damaged],
    [
      'has parts larger than any',
      async () => withSizes(await workbook({ rows: people }), 100_000_000),
      'people.csv has a part of 100,000,000 bytes, unpacked.',
    ],
  ])('says so: it %s', async (_what, make, message) => {
    const bytes = await make();
    const error = await failureOf(readWorkbook(bytes));
    expect(error.message).toBe(message);
    expect(error.code).toMatch(/^(SOURCE_QUERY|LIMIT_EXCEEDED)$/);
  });

  it('is no text either', async () => {
    const { wholeTable } = await import('../tables.ts');
    const error = await failureOf(wholeTable(await workbook({ rows: people })));
    expect(error.message).toBe('people.csv is a zip file or an Excel workbook, not text.');
  });

  it('names the sheets that it has, without signs that a terminal obeys', async () => {
    const error = await failureOf(
      readWorkbook({ rows: { Staff: people, 'Odd&#x202E;&#x9;one': people } }, { sheet: 'Students' }),
    );
    expect(error.message).toBe('people.csv has no sheet called Students.');
    expect(error.hint).toContain('It has Staff, Odd');
    expect(error.hint).not.toMatch(/[\u202e\t]/);
    expect((await failureOf(readWorkbook({ rows: people }, { sheet: 3 }))).message).toBe(
      'people.csv has no sheet number 3.',
    );
  });

  it('has no names of columns, as a sheet with nothing but a chart', async () => {
    const chart = { 'xl/worksheets/sheet1.xml': '<chartsheet><drawing/></chartsheet>' };
    expect((await failureOf(readWorkbook({ rows: '', parts: chart }))).message).toBe(
      'people.csv has no header line.',
    );
  });
});

describe('a workbook that wants to fill the memory', () => {
  it('cannot with blank rows under many columns', async () => {
    const names = Array.from({ length: 16_000 }, (_, at) => `<c t="str"><v>N${at}</v></c>`).join('');
    const before = process.memoryUsage().rss;
    const { file } = await readWorkbook(sheetOf(`<row>${names}</row>${'<row/>'.repeat(300_000)}`));
    expect(file).toMatchObject({ lines: 300_001, blank: 300_000 });
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 ** 2);
  });
});
