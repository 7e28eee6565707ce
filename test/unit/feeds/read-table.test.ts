import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { countLines } from './count-lines.ts';
import { wholeTable } from './tables.ts';

const header = 'ID,FIRST,LAST,GRP,NOTE';
const file = (...lines: readonly string[]) => `${[header, ...lines].join('\n')}\n`;
const whole = ['A1,Ada,Quince,UG,x', 'B2,Bo,Plum,ST,y', 'C3,Cy,Pear,UG,z'];
const idsOf = (rows: readonly (readonly string[])[]) => rows.map(([id]) => id);

/** Where a person begins in a text. */
interface Part {
  readonly id: string;
  readonly line: number;
}

/** 1,150 people over every mixture of line ends, quotes and delimiters; some of them behind quotes that swallow them. */
function mixture(random: (below: number) => number): {
  text: string;
  parts: readonly Part[];
} {
  const ends = ['\n', '\r\n', '\r'];
  let text = header + (ends[random(3)] ?? '\n');
  const parts: Part[] = [];
  for (let person = 0; person < 1_150; person += 1) {
    const id = `P${person}`;
    const end = ends[random(3)] ?? '\n';
    const kinds: (() => string)[] = [
      () => `${id},Ada,Quince,UG,x`,
      () => `"${id}","Ada","Quince, Jr","UG","a ""b"""`,
      () => `${id},"12 Mill Lane, Apt 4${ends[random(3)]}Springfield, NY",Quince,UG,x`,
      () => `${id},Robert "Bob",Plum,UG,x`,
      () => `${id}, "Ed",Plum,UG,x`,
      () => `${id},"Zoe,Plum,UG,x`,
      () => `${id},Zoe",Plum,UG,x`,
      () => `${id},Zoe,Plum`,
      () => `${id},Zoe,Plum,UG,x,too,many`,
      () => `\ufeff${id},Zoe,Plum,UG,x`,
    ];
    const usual = random(100) < 90 ? random(3) : random(kinds.length);
    const written = `${kinds[usual]?.() ?? ''}${end}`;
    parts.push({ id, line: countLines(text) + 1 });
    text += written;
    if (random(40) === 0) text += ['', '  ', ',,,,', header][random(4)] + end;
  }
  return { text, parts };
}

/** A small generator with a seed, so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('every physical line of a file', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'is in a count, for 1,150 people of mixture %i',
    async (seed) => {
      const { text, parts } = mixture(seeded(seed));
      const { rows, unreadable, file: books } = await wholeTable(text, 1_000 + seed * 777);

      expect(books.lines).toBe(countLines(text));
      expect(books.header + books.rows + books.blank + books.unreadable).toBe(books.lines);
      expect(books.records).toBe(rows.length);
      expect(books.unreadable).toBe(unreadable.reduce((sum, { lines }) => sum + lines, 0));
      // Each person is a row, or stands in lines that are told to be none: never both, never neither.
      const read = new Set(idsOf(rows));
      expect(read.size).toBe(rows.length);
      const isTold = (line: number) =>
        unreadable.some((row) => line >= row.line && line < row.line + row.lines);
      expect(parts.filter(({ id, line }) => read.has(id) === isTold(line))).toEqual([]);
      expect(read.size).toBeGreaterThan(800);
    },
  );

  it('is in a count of any text at all', async () => {
    const wild = fc.string({
      unit: fc.constantFrom('a', 'ID', ',', '"', '\n', '\r', '\ufeff', '\u001a', ' '),
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(wild, fc.integer({ min: 1, max: 90 }), async (rest, size) => {
        const text = `ID,NAME\n${rest}`;
        const { file: books } = await wholeTable(text, size);
        expect(books.lines).toBe(countLines(text));
        expect(books.header + books.rows + books.blank + books.unreadable).toBe(books.lines);
      }),
      { numRuns: 500 },
    );
  });

  it('is told from a row by its kind', async () => {
    const { rows, file: books } = await wholeTable(
      `sep=,\r\n${header}\n\n \t \n,,,,\n${whole[0]}\n\ufeffid , First,LAST,GRP,NOTE\nB2,"a\nb",c,d,e\n\u001a`,
    );
    expect(idsOf(rows)).toEqual(['A1', 'B2']);
    expect(books).toMatchObject({ lines: 10, header: 3, rows: 3, blank: 4, unreadable: 0, records: 2 });
    expect(books).toMatchObject({ repeatedHeaders: 1, marks: 2, cutOffInLine: null });
  });
});

describe('quotes that join rows', () => {
  it.each([
    ['two rows', 'A1,"Ada,Quince,UG,x\nB2,Bo",Plum,ST,y'],
    ['three rows', 'A1,"Ada,Quince,UG,x\nB2,Bo,Plum,ST,y\r\nC3,Cy",Pear,UG,z'],
    ['rows in their first column', '"A1,Ada,Quince,UG,x\nB2",Bo,Plum,ST,y'],
    ['rows in their last column', 'A1,Ada,Quince,UG,"x\nB2,Bo,Plum,ST,y"'],
    ['rows with empty values', 'A1,"Ada,,,\nB2,,,,\nC3,Cy",,,'],
  ])('are seen although the fields are as many as they must be: %s', async (_what, joined) => {
    const lines = countLines(joined);
    const {
      rows,
      unreadable,
      file: books,
    } = await wholeTable(file(joined, 'D4,Di,Fig,UG,x', 'E5,Ed,Oak,UG,x'));
    expect(idsOf(rows)).toEqual(['D4', 'E5']);
    expect(unreadable).toEqual([{ line: 2, lines, reason: 'joined_rows' }]);
    expect(books.broken).toEqual({ records: 1, lines, firstLine: 2 });
  });

  it.each([
    ['an address', 'A1,Ada,"12 Mill Lane\nSpringfield",UG,x'],
    ['an address with commas', 'A1,Ada,"12 Mill Lane, Apt 4\r\nSpringfield, NY, 10001",UG,x'],
    [
      'an address with as many commas as a row',
      'A1,Ada,"Mill Lane, Apt 4, Box 7\nLot 5, Springfield, NY",UG,x',
    ],
    ['an address in every column', '"a\nb","c\nd","e\nf","g\nh","i\nj"'],
    ['line ends at the ends of a value', 'A1,"\nAda\n",Quince,UG,x'],
  ])('are not seen in %s', async (_what, row) => {
    const { rows, file: books } = await wholeTable(file(row));
    expect(rows).toHaveLength(1);
    expect(books.broken.records).toBe(0);
  });

  it('count every line of a record that has not as many fields as it must', async () => {
    const { unreadable, file: books } = await wholeTable(
      file('A1,"Ada,Quince,UG,x\nB2,Bo,Plum",ST,y', whole[2] ?? ''),
    );
    expect(unreadable).toEqual([{ line: 2, lines: 2, reason: 'too_few_fields', fields: [4, 5] }]);
    expect(books.broken.records).toBe(1);
  });
});

describe('a file that breaks off', () => {
  it.each([
    ['in a row with too few fields', `${file(...whole)}D4,Di`, 5],
    ['in a character', Buffer.from(`${file(...whole)}D4,Zoë,Fig,UG,é`).subarray(0, -1), 5],
    ['in a quoted value', `${file(...whole)}D4,Di,"Fi`, 5],
    ['in the second line of a quoted value', `${file(...whole)}D4,Di,"Fi\ng`, 6],
    ['in a quoted value at its line end', `${file(...whole)}D4,Di,"Fi\n`, 5],
    ['behind a quote in the wrong place', `${file(...whole)}D4,5" Di`, 5],
  ])('is known by its last line: %s', async (_what, text, line) => {
    expect((await wholeTable(text)).file.cutOffInLine).toBe(line);
  });

  it.each([
    ['a last row without a line end', file(...whole).trimEnd()],
    ['a last row with too many fields', `${file(...whole)}D4,a,b,c,d,e`],
    ['a row with too few fields and its line end', `${file(...whole)}D4,Di\n`],
    ['an end mark', `${file(...whole)}\u001a`],
    ['blanks at the end', `${file(...whole)}  `],
    ['nothing but a header', header],
    [
      'rows that end with a delimiter, the last without',
      `${file(...whole.map((row) => `${row},`))}D4,a,b,c,d`,
    ],
  ])('is not one with %s', async (_what, text) => {
    expect((await wholeTable(text)).file.cutOffInLine).toBeNull();
  });
});

describe('a header', () => {
  it('may be padded, marked, quoted, and hold what does not show', async () => {
    const { columns } = await wholeTable('\ufeff"ID",  LAST NAME   \u200b\n');
    expect(columns).toEqual(['ID', 'LAST NAME']);
  });

  it('may end with no delimiter where every row does, and the other way round', async () => {
    const more = await wholeTable(file(...whole.map((row) => `${row},`)));
    expect([idsOf(more.rows), more.file.unreadable]).toEqual([['A1', 'B2', 'C3'], 0]);
    const less = await wholeTable(file(...whole).replace(header, `${header},`));
    expect([idsOf(less.rows), less.file.unreadable]).toEqual([['A1', 'B2', 'C3'], 0]);
  });

  it('is not followed by a row with a delimiter too many where the others have none', async () => {
    const { rows, unreadable } = await wholeTable(file('A1,Ada,Quince, Jr,UG,', ...whole.slice(1)));
    expect(idsOf(rows)).toEqual(['B2', 'C3']);
    expect(unreadable).toEqual([{ line: 2, lines: 1, reason: 'too_many_fields', fields: [6, 5] }]);
  });

  it('that comes again with other columns stops the reading, since what follows would be read wrongly', async () => {
    for (const second of ['FIRST,ID,LAST,GRP,NOTE', 'ID,FIRST,LAST,GRP,PHONE', 'ID,LAST']) {
      const error = await failureOf(wholeTable(file(...whole, second, 'D4,Di,Fig,UG,x')));
      expect(error).toMatchObject({
        code: 'SOURCE_QUERY',
        message: expect.stringContaining('second header in line 5'),
      });
    }
  });

  it.each([
    ['ID;LAST;GRP', 'its first line has none, but 2 times ;'],
    ['"ID";"LAST, FIRST"', null],
    ['"ID";"LAST"', 'its first line has none, but once ;'],
    ['ID\tLAST', 'its first line has none, but once a tab'],
    ['ID|LAST|GRP', 'its first line has none, but 2 times |'],
    ['ID^LAST^GRP', 'its first line has none, but 2 times ^'],
    ['ID\u001fLAST\u001fGRP', 'its first line has none, but 2 times U+001F'],
    ['sep=;\nID;LAST', 'says in its first line that its delimiter is ;'],
    ['900000001;Ada;ada@example.edu', 'its first line has none, but 2 times ;'],
  ])('with another delimiter says so, and shows no value: %s', async (line, message) => {
    const error = await failureOf(wholeTable(`${line}\n`));
    expect(error.code).toBe('SOURCE_QUERY');
    if (message) expect(error.message).toContain(message);
    expect(error.message + error.hint).not.toMatch(/LAST|Ada|example|9000/);
  });
});
