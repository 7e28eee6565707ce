import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSchema } from '../../../src/config/feed-schema.ts';
import { failureOf } from '../../support/failure.ts';
import { countLines } from './count-lines.ts';
import { formatOf } from './formats.ts';
import { wholeTable } from './tables.ts';

const read = (text: string | Buffer, format: Record<string, unknown>, chunkSize = 7) =>
  wholeTable(text, chunkSize, formatOf(format));

describe('fields', () => {
  it.each([
    ['tab', 'A\tB,\t"C"\n1\t2,\t"3\t4"\n'],
    ['\t', 'A\tB,\t"C"\n1\t2,\t"3\t4"\n'],
    ['|', 'A|B,|"C"\n1|2,|"3|4"\n'],
    [';', 'A;B,;"C"\n1;2,;"3;4"\n'],
    ['||', 'A||B,||"C"\n1||2,||"3||4"\n'],
    ['^~^', 'A^~^B,^~^"C"\n1^~^2,^~^"3^~^4"\n'],
    ['\u001f', 'A\u001fB,\u001f"C"\n1\u001f2,\u001f"3\u001f4"\n'],
    ['¦', 'A¦B,¦"C"\n1¦2,¦"3¦4"\n'],
  ])('are divided by %j, also beside other signs', async (delimiter, text) => {
    for (const size of [1, 5, 4096]) {
      const { columns, rows } = await read(text, { delimiter }, size);
      expect(columns).toEqual(['A', 'B,', 'C']);
      expect(rows).toEqual([['1', '2,', `3${delimiter === 'tab' ? '\t' : delimiter}4`]]);
    }
  });

  it('keep their quotes where there are none', async () => {
    const { rows, unreadable } = await read('A|B\n"1|2"\nAda "A" L|"\n5\'|\'6\n', {
      delimiter: '|',
      quote: 'none',
    });
    expect(rows).toEqual([
      ['"1', '2"'],
      ['Ada "A" L', '"'],
      ["5'", "'6"],
    ]);
    expect(unreadable).toEqual([]);
  });

  it('stand in single quotes, in which double ones are signs', async () => {
    const { rows } = await read(`A;B\n'1;"2"';'it''s\nso'\n"3;4"\n`, { delimiter: ';', quote: "'" });
    expect(rows).toEqual([
      ['1;"2"', "it's\nso"],
      ['"3', '4"'],
    ]);
  });
});

describe('names of columns', () => {
  it('come from several rows, and from none', async () => {
    const two = await read('Home,,Work\nCity,ZIP,City\n1,2,3\n', { header_rows: 2 });
    expect(two.columns).toEqual(['Home City', 'ZIP', 'Work City']);
    expect(two.rows).toEqual([['1', '2', '3']]);
    expect(two.file).toMatchObject({ lines: 3, header: 2, rows: 1 });

    const none = await read('1,2,3\n4,5,6\n', { header: ['A', 'B', 'C'] });
    expect(none.columns).toEqual(['A', 'B', 'C']);
    expect(none.rows).toHaveLength(2);
    expect(none.file).toMatchObject({ lines: 2, header: 0, rows: 2 });
  });

  it('that are given are not a person where the feed has them all the same', async () => {
    const { rows, file } = await read('id,NAME\n1,2\n', { header: ['ID', 'Name'] });
    expect(rows).toEqual([['1', '2']]);
    expect(file).toMatchObject({ header: 1, repeatedHeaders: 1, rows: 1 });
  });

  it('that are given lose the blanks around them, and one of blanks is no name', async () => {
    expect((await read('1,2\n', { header: [' A ', 'B\u200b'] })).columns).toEqual(['A', 'B']);
    for (const wrong of [{ header: ['A', ' '] }, { header: ['\u200b'] }, { positions: { ' ': '1-2' } }])
      expect(formatSchema.safeParse(wrong).success).toBe(false);
  });

  it('are missing', async () => {
    expect((await failureOf(read('A,B\n', { header_rows: 2 }))).message).toBe(
      'people.csv has no header line.',
    );
    expect((await failureOf(read('', {}))).message).toBe('people.csv has no header line.');
    expect((await failureOf(read('# A\n\n', { comment: '#' }))).message).toBe(
      'people.csv has no header line.',
    );
  });

  it('are not looked for in a line that another sign divides', async () => {
    const error = await failureOf(read('A;B;C\n1;2;3\n', { delimiter: '|' }));
    expect(error.message).toBe('people.csv is not delimited by |: its first line has none, but 2 times ;.');
    const given = await failureOf(read('1;Ada Lovelace;3\n', { header: ['A', 'B', 'C'] }));
    expect(given.message).toContain('is not delimited by a comma');
  });
});

describe('lines that are no rows', () => {
  it('are passed over and counted', async () => {
    const text = 'A title, "odd\n\nA,B\n#1,2\n1,2\n  # 3\n\n3,"a\n#b"\n#';
    const { rows, file } = await read(text, { skip_lines: 2, comment: '#' });
    expect(rows).toEqual([
      ['1', '2'],
      ['3', 'a\n#b'],
    ]);
    expect(file).toMatchObject({ lines: 10, skipped: 4, header: 1, rows: 3, blank: 1, unreadable: 1 });
  });
});

describe('a trailer', () => {
  const trailer = 'TRAILER|{count}';
  const format = { delimiter: '|', header: ['A', 'B'], trailer };
  const counts = async (text: string, more: Record<string, unknown> = {}) =>
    (await read(text, { ...format, ...more })).file.trailer;

  it.each([
    ['as it is', '1|2\n3|4\nTRAILER|2\n', 2, 2],
    ['without a line end', '1|2\n3|4\nTRAILER|2', 2, 2],
    ['with zeros and blanks', '1|2\n3|4\n TRAILER| 0000002 \r\n', 2, 2],
    ['before blank lines and the end mark of DOS', '1|2\nTRAILER|1\n\n\u001a', 1, 1],
    ['with another number', '1|2\n3|4\nTRAILER|3\n', 3, 2],
    ['for no rows', 'TRAILER|0\n', 0, 0],
    ['not there', '1|2\n3|4\n', null, 2],
    ['cut off', '1|2\n3|4\nTRAIL', null, 3],
    ['of each of two files', '1|2\nTRAILER|1\n3|4\n5|6\nTRAILER|2\n', 3, 3],
    ['of the first of two files alone', '1|2\nTRAILER|1\n3|4\n', 1, 2],
    ['behind a row that cannot be read', '1|2\n3\nTRAILER|2\n', 2, 2],
  ])('says how many rows there are: %s', async (_what, text, expected, found) => {
    expect(await counts(text)).toEqual({ expected, found, counts: 'rows' });
  });

  it('counts rows, not their lines', async () => {
    expect(await counts('1|"a\nb"\nTRAILER|1\n')).toMatchObject({ expected: 1, found: 1 });
  });

  it('may count all lines, with header, blank lines and itself', async () => {
    const text = 'A|B\n1|2\n\n# 3\nEND of people 5 lines\n';
    const lines = { header: undefined, comment: '#', trailer: 'END of * {lines} lines' };
    expect(await counts(text, lines)).toEqual({ expected: 5, found: 5, counts: 'lines' });
  });

  it('is no row, and none of its signs is a pattern', async () => {
    const odd = { delimiter: ',', header: ['A', 'B'], trailer: '(T).+[x] {count}$' };
    const { rows, file } = await read('1,2\n(T).+[x] 1$\nT11x 1,3\n', odd);
    expect(rows).toEqual([
      ['1', '2'],
      ['T11x 1', '3'],
    ]);
    expect(file.trailer).toMatchObject({ expected: 1, found: 2 });
  });
});

describe('an encoding', () => {
  const text = 'ID,NAME\n1,Zoë Müller\n2,François\n';

  it.each<[string, Buffer]>([
    ['windows-1252', Buffer.from(text, 'latin1')],
    ['iso-8859-1', Buffer.from(text, 'latin1')],
    ['latin1', Buffer.from(text, 'latin1')],
    ['utf-8', Buffer.from(text)],
    ['utf-8', Buffer.from(`\ufeff${text}`)],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16be', Buffer.from(text, 'utf16le').swap16()],
    ['utf-16be', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('is taken as it is told: %s', async (encoding, bytes) => {
    for (const size of [1, 3, 4096]) {
      const { columns, rows, file } = await read(bytes, { encoding }, size);
      expect(columns).toEqual(['ID', 'NAME']);
      expect(rows).toEqual([
        ['1', 'Zoë Müller'],
        ['2', 'François'],
      ]);
      expect(file).toMatchObject({ lines: 3, cutOffInLine: null });
    }
  });

  it('may be an old one of several bytes', async () => {
    const bytes = Buffer.concat([
      Buffer.from('ID,NAME\n1,'),
      Buffer.from('8e52936380', 'hex').subarray(0, 4),
      Buffer.from('\n'),
    ]);
    expect((await read(bytes, { encoding: 'shift_jis' }, 1)).rows).toEqual([['1', '山田']]);
  });

  it.each<[string, Buffer, number, string]>([
    [
      'utf-16le',
      Buffer.from('ID\n1\nAd\udc00a\n', 'utf16le'),
      4096,
      'line 3 that are not utf-16le (byte 16 of',
    ],
    ['utf-16le', Buffer.from('ID\n1\nAd\udc00a\n', 'utf16le'), 7, 'line 3 that are not utf-16le (byte 16 of'],
    ['shift_jis', Buffer.from('ID\n1\nA\xfda\n', 'latin1'), 4096, 'line 3 that are not shift_jis (byte 7 of'],
    ['shift_jis', Buffer.from('ID\n1\nA\xfda\n', 'latin1'), 3, 'line 3 that are not shift_jis (byte 7 of'],
  ])('of which a byte is none names its line and its place: %s', async (encoding, bytes, size, what) => {
    const error = await failureOf(read(bytes, { encoding }, size));
    expect(error.message).toBe(`people.csv has bytes in ${what} the file).`);
  });

  it.each<[string, Buffer, string]>([
    ['windows-1252', Buffer.from('\ufeffID\n'), 'utf-8'],
    ['windows-1252', Buffer.from('\ufeffID\n', 'utf16le'), 'utf-16le'],
    ['utf-16le', Buffer.from('\ufeffID\n', 'utf16le').swap16(), 'utf-16be'],
    ['utf-16be', Buffer.from('\ufeffID\n', 'utf16le'), 'utf-16le'],
  ])('that is another than the mark says is refused: %s', async (encoding, bytes, other) => {
    expect((await failureOf(read(bytes, { encoding }, 4096))).message).toBe(
      `people.csv begins with the mark of ${other}, not of ${encoding}.`,
    );
  });

  it('breaks off inside a character', async () => {
    const bytes = Buffer.from('ID,NAME\n1,Zo', 'utf16le');
    expect((await read(bytes.subarray(0, -1), { encoding: 'utf-16le' })).file.cutOffInLine).toBe(2);
  });

  it.each([
    ['a zip', 'PK\u0003\u0004', 'is a zip file or an Excel workbook, not text'],
    ['a PDF', '%PDF-1.7\n', 'is a PDF'],
    ['a page', '\r\n <!DOCTYPE html>\n<title>Log in</title>', 'is a web page or XML, not a table'],
    ['XML', '<?xml version="1.0"?>', 'is a web page or XML, not a table'],
    ['an empty zip', `PK\u0005\u0006${'\0'.repeat(18)}`, 'is a zip file without anything in it'],
    ['what PGP made', '-----BEGIN PGP MESSAGE-----\n\nhQEMA', 'is encrypted with PGP'],
    ['an object of JSON', '{"PIDM": "900000001"}', 'is JSON, not a table'],
    ['a list of JSON', ' [\n  { "PIDM": 1 }]', 'is JSON, not a table'],
  ])('is none of what is no table: %s', async (_what, begins, message) => {
    for (const encoding of ['utf-8', 'windows-1252'])
      expect((await failureOf(read(begins, { encoding }, 4096))).message).toBe(`people.csv ${message}.`);
  });

  it('is told to be a page behind a mark', async () => {
    expect((await failureOf(read('\ufeff<html>', {}, 4096))).message).toContain('is a web page or XML');
  });

  it('may begin like what is no table', async () => {
    for (const name of ['BZh4', '{ID}', '["A', '<ID>', 'PKID'])
      expect((await read(`${name}|B\n1|2\n`, { delimiter: '|', quote: 'none' }, 4096)).columns).toEqual([
        name,
        'B',
      ]);
  });
});

it('puts every physical line of any text into a count, in any format', async () => {
  const wild = fc.string({
    unit: fc.constantFrom(
      'a',
      'ID',
      ',',
      '|',
      '||',
      '"',
      "'",
      '#',
      'T|1',
      '\n',
      '\r',
      '\ufeff',
      '\u001a',
      ' ',
    ),
    maxLength: 80,
  });
  const formats = [
    { delimiter: '|', quote: 'none', header: ['A', 'B'], trailer: 'T|{count}' },
    { delimiter: '||', quote: "'", comment: '#', skip_lines: 2, header: ['A', 'B'] },
    { delimiter: 'tab', header: ['A'], comment: '#', encoding: 'utf-16le' },
    { delimiter: ',', header: ['A', 'B', 'C'], skip_lines: 1, encoding: 'windows-1252' },
    { positions: { A: '1-2', B: '4' }, comment: '#', skip_lines: 1, trailer: 'T|{lines}' },
    { positions: { A: '1-2' }, short_lines: 'pad', encoding: 'utf-16be' },
  ].map(formatOf);
  await fc.assert(
    fc.asyncProperty(
      wild,
      fc.integer({ min: 1, max: 90 }),
      fc.constantFrom(...formats),
      async (text, size, format) => {
        const encoding = format.kind === 'workbook' ? '' : format.encoding;
        // The mark of UTF-8 in a text of one byte for each character is no mark.
        const plain = encoding === 'windows-1252' ? text.replaceAll('\ufeff', '') : text;
        const bytes =
          encoding === 'utf-16le'
            ? Buffer.from(plain, 'utf16le')
            : encoding === 'utf-16be'
              ? Buffer.from(plain, 'utf16le').swap16()
              : Buffer.from(plain);
        const read = await wholeTable(bytes, size, format).catch((error) => {
          // A second header, or another delimiter.
          expect(error.code).toBe('SOURCE_QUERY');
          return null;
        });
        if (!read) return;
        const { file, rows, unreadable } = read;
        // The decoder takes the mark away.
        expect(file.lines).toBe(
          countLines(encoding.startsWith('utf-16') ? plain.replace(/^\ufeff/, '') : plain),
        );
        expect(file.header + file.rows + file.blank + file.skipped + file.unreadable).toBe(file.lines);
        expect(file.records).toBe(rows.length);
        expect(file.unreadable).toBe(unreadable.reduce((sum, { lines }) => sum + lines, 0));
      },
    ),
    { numRuns: 1_000 },
  );
});
