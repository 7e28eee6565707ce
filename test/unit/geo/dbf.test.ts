import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { dbfOf, type InventedTable } from '../../../src/demo/invented-county.ts';
import { DamagedTable, type DbfTable, openDbf } from '../../../src/geo/dbf.ts';

const table: InventedTable = {
  columns: [
    ['TFID', 10],
    ['FULLNAME', 20],
  ],
  rows: () => [
    ['1', 'Main St'],
    ['2', ''],
    ['3', 'Oak Ln'],
  ],
};

const bytes = (): Buffer => Buffer.concat([...dbfOf(table)]);

/** The file in pieces of so many bytes. */
function open(file: Buffer, size = file.length): Promise<DbfTable> {
  const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, n) =>
    file.subarray(n * size, (n + 1) * size),
  );
  return openDbf(Readable.from(pieces));
}

async function rowsOf(opened: DbfTable, columns: readonly string[]): Promise<(readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for await (const rows of opened.rows(columns)) all.push(...rows);
  return all;
}

describe('a dBASE table', () => {
  it.each([1, 7, 31, 64, 100_000])('is read in pieces of %i bytes', async (size) => {
    const opened = await open(bytes(), size);
    expect(opened.columns).toEqual(['TFID', 'FULLNAME']);
    expect(opened.length).toBe(3);
    expect(await rowsOf(opened, ['FULLNAME', 'TFID', 'NOT_THERE'])).toEqual([
      ['Main St', '1', ''],
      ['', '2', ''],
      ['Oak Ln', '3', ''],
    ]);
  });

  it('has its columns by upper-case names', async () => {
    const lower = Buffer.from(bytes().toString('latin1').replace('TFID', 'tfid'), 'latin1');
    expect((await open(lower, 64)).columns).toEqual(['TFID', 'FULLNAME']);
  });

  it('leaves out rows that are deleted', async () => {
    const file = bytes();
    file[file.length - 1 - 31] = 0x2a;
    expect(await rowsOf(await open(file), ['TFID'])).toEqual([['1'], ['2']]);
  });

  it.each([
    ['UTF-8', Buffer.from('Cañón', 'utf8')],
    ['Latin-1', Buffer.from('Cañón', 'latin1')],
  ])('is read in %s', async (_, name) => {
    const file = bytes();
    name.copy(file, file.length - 1 - 31 + 11);
    file.fill(' ', file.length - 1 - 31 + 11 + name.length, file.length - 1);
    expect(await rowsOf(await open(file), ['FULLNAME'])).toContainEqual(['Cañón']);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['cut in its header', bytes().subarray(0, 50)],
    ['no table at all', Buffer.from('id,name\n'.repeat(20))],
  ])('is refused when it is %s', async (_, file) => {
    await expect(open(file)).rejects.toThrow(DamagedTable);
  });

  it('is refused when it ends early', async () => {
    const opened = await open(bytes().subarray(0, -40));
    await expect(rowsOf(opened, ['TFID'])).rejects.toThrow('It ends after 1 of 3 rows.');
  });
});
