import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCsvRows } from '../../../src/adapters/rows/csv.ts';
import type { UnreadableRow } from '../../../src/feeds/table-rows.ts';
import type { Row, RowSource } from '../../../src/load/ports.ts';
import { never } from '../../support/never.ts';

let directory: string;
let source: RowSource;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patronflow-csv-'));
  source = createCsvRows({ directory });
});

const staff = { group: 'staff' };
const write = (content: string | Buffer, name = 'staff.csv') => writeFile(join(directory, name), content);
const read = async (relation: Parameters<RowSource['rows']>[0] = staff) => {
  const rows: Row[] = [];
  const unreadable: UnreadableRow[] = [];
  for await (const batch of source.rows(relation, never)) {
    rows.push(...batch.rows);
    unreadable.push(...(batch.unreadable ?? []));
  }
  return { rows, unreadable: unreadable.sort((a, b) => a.line - b.line) };
};
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ name: 'PatronflowError' });
  expect(error.hint).not.toBe('');
  return error;
};

describe('a CSV file', () => {
  it('may begin with the mark of its encoding', async () => {
    await write('\uFEFFID,NAME\n1,Ada\n');

    expect(await source.columns(staff, never)).toEqual(['ID', 'NAME']);
    expect((await read()).rows).toEqual([['1', 'Ada']]);
  });

  it.each([
    ['Windows', '\r\n'],
    ['Unix', '\n'],
    ['old Macintosh', '\r'],
  ])('may have the line ends of %s', async (_system, end) => {
    await write(['ID,NAME', '1,Ada', '2,Grace', ''].join(end));

    expect(await source.columns(staff, never)).toEqual(['ID', 'NAME']);
    expect((await read()).rows).toEqual([
      ['1', 'Ada'],
      ['2', 'Grace'],
    ]);
  });

  it('need not end with a line end, and may hold empty lines', async () => {
    await write('ID,NAME\n\n1,Ada\n\n2,Grace');

    expect((await read()).rows).toHaveLength(2);
  });

  it('keeps commas, quotes and line ends inside quotes', async () => {
    await write('ID,NOTE\n1,"a, ""b""\r\nc"\n2,d\n');

    expect(await read()).toEqual({
      rows: [
        ['1', 'a, "b"\r\nc'],
        ['2', 'd'],
      ],
      unreadable: [],
    });
  });

  it('keeps characters whole that fall on the border of two reads', async () => {
    // Two bytes and three bytes a character: with any size of a read, one of the files is cut inside one.
    const names = [
      'é'.repeat(400_000),
      `x${'é'.repeat(400_000)}`,
      '李'.repeat(300_000),
      `x${'李'.repeat(300_000)}`,
    ];
    await write(`ID,NAME\n${names.map((name, index) => `${index},${name}`).join('\n')}\n`);

    expect((await read()).rows.map((row) => row[1])).toEqual(names);
  });

  it('belongs to the group by the name of its table, else by its own, in any case', async () => {
    await write('A\ntable\n', 'HR_STAFF.CSV');
    await write('A\ngroup\n', 'Staff.csv');

    expect((await read({ group: 'staff', table: 'hr_staff' })).rows).toEqual([['table']]);
    expect((await read({ group: 'staff', table: 'other' })).rows).toEqual([['group']]);
  });
});

describe('a row that cannot be read', () => {
  it('is named by its line, and the others go on', async () => {
    await write('ID,NAME\n1,Ada\n2\n3,"Grace\nHopper"\n4,a,b\n5,Edsger\n');

    expect(await read()).toEqual({
      rows: [
        ['1', 'Ada'],
        ['3', 'Grace\nHopper'],
        ['5', 'Edsger'],
      ],
      unreadable: [
        { line: 3, lines: 1, reason: 'too_few_fields', fields: [1, 2] },
        { line: 6, lines: 1, reason: 'too_many_fields', fields: [3, 2] },
      ],
    });
  });

  it('is one row, not all that follow, when its quotes are broken', async () => {
    await write('ID,NAME\n1,"Ada"x\n2,Grace\n3,"Eds"g"er"\n4,Barbara\n5,El"len\n6,"Donald"\n');

    expect(await read()).toEqual({
      rows: [
        ['2', 'Grace'],
        ['4', 'Barbara'],
        ['6', 'Donald'],
      ],
      unreadable: [
        { line: 2, lines: 1, reason: 'broken_quotes' },
        { line: 4, lines: 1, reason: 'broken_quotes' },
        { line: 6, lines: 1, reason: 'broken_quotes' },
      ],
    });
  });

  it('is counted once, even with several faults', async () => {
    await write('ID,NAME\n1,"Ada"x"y"z,too,many\n2,Grace\n');

    const { rows, unreadable } = await read();
    expect(rows).toEqual([['2', 'Grace']]);
    expect(unreadable).toEqual([{ line: 2, lines: 1, reason: 'broken_quotes' }]);
  });
});

describe('a CSV file that cannot be read as a whole', () => {
  it('has a broken header: no person becomes one', async () => {
    await write('ID,"NAME"x\n1,Ada\n2,Grace\n');

    expect(await failure(source.columns(staff, never))).toMatchObject({ code: 'SOURCE_QUERY' });
    const error = await failure(read());
    expect(error).toMatchObject({ code: 'SOURCE_QUERY', message: expect.stringContaining('header') });
    expect(error.message).not.toMatch(/Ada|Grace/);
  });

  it('is empty: it has no header line', async () => {
    await write('');

    expect(await failure(source.columns(staff, never))).toMatchObject({
      code: 'SOURCE_QUERY',
      message: expect.stringContaining('header'),
    });
  });

  it('is missing: the message says what was looked for', async () => {
    const relation = { group: 'staff', table: 'HR_STAFF' };

    for (const work of [() => source.columns(relation, never), () => read(relation)]) {
      expect(await failure(work())).toMatchObject({
        code: 'SOURCE_MISSING',
        message: expect.stringMatching(/HR_STAFF\.csv and no staff\.csv/),
      });
    }
  });

  it('is a directory', async () => {
    await mkdir(join(directory, 'staff.csv'));

    expect(await failure(read())).toMatchObject({ code: 'SOURCE_MISSING' });
  });

  it('lies in a directory that is not there', async () => {
    const nowhere = createCsvRows({ directory: join(directory, 'no-such') });

    expect(await failure(nowhere.check(never))).toMatchObject({ code: 'SOURCE_MISSING' });
    expect(await failure(nowhere.columns(staff, never))).toMatchObject({ code: 'SOURCE_MISSING' });
  });
});

describe('a CSV file with a header and nothing else', () => {
  it('has columns and no rows', async () => {
    await write('ID,NAME\n');

    expect(await source.columns(staff, never)).toEqual(['ID', 'NAME']);
    expect(await read()).toEqual({ rows: [], unreadable: [] });
  });

  it('is counted by a look at its directory', async () => {
    await write('ID\n');
    await write('not data', 'notes.txt');

    await expect(source.check(never)).resolves.toBe(`1 CSV files in ${directory}`);
  });
});
