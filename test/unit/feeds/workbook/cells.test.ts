import { describe, expect, it } from 'vitest';
import { cellText, readWorkbook, row } from './workbooks.ts';

describe('a text in a cell', () => {
  const strings = [
    '<si><t>plain</t></si>',
    '<si><t xml:space="preserve"> blanks </t></si>',
    '<si><r><rPr><b/></rPr><t>rich</t></r><r><t xml:space="preserve"> text</t></r></si>',
    '<si><t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh><phoneticPr fontId="1"/></si>',
    '<si><t>a &amp; b &lt;c&gt; &#233;</t></si>',
    '<si><t/></si>',
    '<si/>',
    '<si><t><![CDATA[a < b]]></t></si>',
    '<si><t>line_x000D_\nline</t></si>',
    '<si><t>_x005F_x000D_</t></si>',
  ].join('');

  it.each([
    ['0', 'plain'],
    ['1', ' blanks '],
    ['2', 'rich text'],
    ['3', '山田'],
    ['4', 'a & b <c> é'],
    ['7', 'a < b'],
    ['8', 'line\r\nline'],
    ['9', '_x000D_'],
  ])('that several share is found: number %s', async (number, text) => {
    expect(await cellText(`<c r="A2" t="s"><v>${number}</v></c>`, { strings })).toBe(text);
  });

  it.each([
    ['its own', '<c r="A2" t="inlineStr"><is><t>own</t></is></c>', 'own'],
    ['its own, rich', '<c r="A2" t="inlineStr"><is><r><t>ow</t></r><r><t>n</t></r></is></c>', 'own'],
    [
      'its own, with a phonetic run',
      '<c r="A2" t="inlineStr"><is><t>山</t><rPh><t>ヤ</t></rPh></is></c>',
      '山',
    ],
    ['of a formula', '<c r="A2" t="str"><f>B2&amp;"x"</f><v>made</v></c>', 'made'],
    ['of a formula, empty beside others', '<c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><v>1</v></c>', ''],
    ['shared, of no number', '<c r="A2" t="s"/><c r="B2"><v>1</v></c>', ''],
    ['without a reference', '<c t="str"><v>first</v></c>', 'first'],
    ['true', '<c r="A2" t="b"><v>1</v></c>', 'TRUE'],
    ['false', '<c r="A2" t="b"><v>0</v></c>', 'FALSE'],
  ])('is read: %s', async (_what, cell, text) => {
    expect(
      await cellText(cell, {
        rows: `${row(1, 'A', 'B')}<row r="2">${cell}</row>`,
        strings: '<si><t>of others</t></si>',
      }),
    ).toBe(text);
  });

  it('is read from a workbook in which no cells share texts, and none has a style', async () => {
    const { rows } = await readWorkbook({
      rows: row(1, 'ID') + row(2, 'own'),
      parts: { 'xl/sharedStrings.xml': null, 'xl/styles.xml': null },
    });
    expect(rows).toEqual([['own']]);
  });

  it('is read with a prefix before each element', async () => {
    const x = (text: string) => text.replace(/<(\/?)([a-z])/gi, '<$1x:$2');
    const main = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
    const sheet = `<worksheet><sheetData>${row(1, 'ID')}<row r="2"><c r="A2" t="s"><v>0</v></c></row></sheetData></worksheet>`;
    const { rows } = await readWorkbook({
      rows: '',
      parts: {
        'xl/worksheets/sheet1.xml': x(sheet).replace('<x:worksheet', `<x:worksheet ${main}`),
        'xl/sharedStrings.xml': `<x:sst ${main}><x:si><x:t>shared</x:t></x:si></x:sst>`,
      },
    });
    expect(rows).toEqual([['shared']]);
  });
});

describe('a number in a cell', () => {
  const number = (written: string, format: string | number = 0, more: { is1904?: boolean } = {}) =>
    cellText(`<c r="A2" s="1"><v>${written}</v></c>`, { formats: [format], ...more });

  it.each([
    ['42', '42'],
    ['42.0', '42'],
    ['2.0112E+13', '20112000000000'],
    ['9.00000001E8', '900000001'],
    ['0.5', '0.5'],
    ['-7', '-7'],
    ['1E-3', '0.001'],
    ['0.1', '0.1'],
    ['3.3000000000000003', '3.3000000000000003'],
    ['9007199254740991', '9007199254740991'],
    ['1E+20', '100000000000000000000'],
  ])('is written as people write it: %s', async (written, text) => {
    expect(await number(written)).toBe(text);
  });

  it.each([
    ['00000', '501', '00501'],
    ['000000000', '900000001', '900000001'],
    ['00000\\-0000', '5010042', '00501-0042'],
    ['000-00-0000', '12345678', '012-34-5678'],
    ['000&quot; &quot;000', '42', '000 042'],
    ['00000', '1234567', '1234567'],
    ['0', '42', '42'],
    ['0.00', '42', '42'],
    ['#,##0', '1234567', '1234567'],
    ['0%', '0.5', '0.5'],
    ['0.00E+00', '20112000000000', '20112000000000'],
    ['@', '42', '42'],
    ['General', '42', '42'],
    ['&quot;day&quot; 0', '42', '42'],
    ['[Red]0', '42', '42'],
  ])('has the zeros that its format shows: %s of %s', async (format, written, text) => {
    expect(await number(written, format)).toBe(text);
  });

  it.each<[string | number, string, string]>([
    [14, '46082', '2026-03-01'],
    [22, '46082.5', '2026-03-01 12:00:00'],
    [20, '0.75', '18:00:00'],
    ['yyyy\\-mm\\-dd', '46082', '2026-03-01'],
    ['[$-409]d\\-mmm\\-yy;@', '46082', '2026-03-01'],
    ['dd/mm/yyyy hh:mm', '46082.3541666667', '2026-03-01 08:30:00'],
    ['m/d/yyyy', '46082.999999999', '2026-03-01'],
    ['m/d/yyyy h:mm', '46082.3333333333', '2026-03-01 08:00:00'],
    ['m/d/yyyy', '59', '1900-02-28'],
    ['m/d/yyyy', '61', '1900-03-01'],
    ['m/d/yyyy', '1', '1900-01-01'],
    ['m/d/yyyy', '2958465', '9999-12-31'],
    ['m/d/yyyy', '46446', '2027-02-28'],
    ['m/d/yyyy', '45351', '2024-02-29'],
  ])('is a date where its format is one: %s of %s', async (format, written, text) => {
    expect(await number(written, format)).toBe(text);
  });

  it.each([
    ['46082', '2030-03-02'],
    ['44620', '2026-03-01'],
    ['0', '1904-01-01'],
  ])('is a date of the other calendar: %s', async (written, text) => {
    expect(await number(written, 'yyyy-mm-dd', { is1904: true })).toBe(text);
  });

  it('that is written as a date of ISO 8601 is one', async () => {
    expect(await cellText('<c r="A2" t="d"><v>2026-03-01</v></c>')).toBe('2026-03-01');
    expect(await cellText('<c r="A2" t="d"><v>2026-03-01T00:00:00</v></c>')).toBe('2026-03-01');
    expect(await cellText('<c r="A2" t="d"><v>2026-03-01T12:30:00.000Z</v></c>')).toBe('2026-03-01 12:30:00');
  });
});

describe('a cell without a value that can be taken', () => {
  const rows = [
    row(1, 'ID', 'NAME'),
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c></row>',
    '<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f>VLOOKUP(A3,X,2)</f></c></row>',
    '<row r="4"><c r="A4"><v>3</v></c><c r="B4"><f>A4+1</f><v>4</v></c></row>',
    '<row r="5"><c r="A5"><v>4</v></c><c r="B5" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
  ].join('');

  it('rejects its row, which the report names', async () => {
    const { rows: read, unreadable, file } = await readWorkbook({ rows });
    expect(read).toEqual([['3', '4']]);
    expect(unreadable).toEqual([2, 3, 5].map((line) => ({ line, lines: 1, reason: 'error_cell' })));
    expect(file).toMatchObject({ lines: 5, header: 1, rows: 1, unreadable: 3, records: 1, formulas: 3 });
    expect(file.broken.records).toBe(0);
  });

  it('counts as empty, where the format says so', async () => {
    const { rows: read, file } = await readWorkbook({ rows }, { errorCells: 'empty' });
    expect(read).toEqual([
      ['1', ''],
      ['2', ''],
      ['3', '4'],
      ['4', ''],
    ]);
    expect(file).toMatchObject({ rows: 4, unreadable: 0 });
  });

  it('says nothing in a column without a name', async () => {
    const beside = `${row(1, 'ID')}<row r="2"><c r="A2"><v>1</v></c><c r="D2" t="e"><v>#REF!</v></c></row>`;
    const { rows: read, unreadable } = await readWorkbook({ rows: beside });
    expect(unreadable.length + read.length).toBe(1);
  });
});
