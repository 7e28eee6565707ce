import { describe, expect, it } from 'vitest';
import type { Row, RowSource } from '../../../src/load/ports.ts';
import { type ColumnPlan, planColumns, readPeople } from '../../../src/load/read-people.ts';
import { failureOf } from '../support/fixtures.ts';

const relation = { group: 'staff', table: 'EMPLOYEES' };
const template = (...names: string[]) => ({
  file: 'staff.xml',
  columns: names.map((name, index) => ({ name, line: index + 1 })),
});

function source(...batches: (readonly Row[])[]): RowSource {
  return {
    name: 'test',
    check: async () => '',
    close: async () => {},
    columns: async () => [],
    async *rows() {
      for (const rows of batches)
        yield { rows, unreadable: rows.length === 0 ? [{ line: 9, reason: 'broken_quotes' }] : [] };
    },
  };
}

async function read(plan: ColumnPlan, values: 'trim' | 'keep', ...batches: (readonly Row[])[]) {
  const found = [];
  for await (const batch of readPeople(
    source(...batches),
    relation,
    plan,
    values,
    new AbortController().signal,
  ))
    found.push(batch);
  return found;
}

describe('the columns of a group', () => {
  it('are found by name, each once, wherever they stand', () => {
    expect(planColumns(relation, ['ID', 'NAME', 'MAIL'], 'ID', template('MAIL', 'NAME', 'MAIL'))).toEqual({
      columns: [
        { name: 'MAIL', position: 2 },
        { name: 'NAME', position: 1 },
      ],
      keyPosition: 0,
    });
  });

  it('are found in another case, but exactly where only case tells two apart', () => {
    expect(planColumns(relation, ['id', 'Name', 'NAME'], 'ID', template('NAME', 'name', 'Name'))).toEqual({
      columns: [
        { name: 'NAME', position: 2 },
        { name: 'name', position: 1 },
        { name: 'Name', position: 1 },
      ],
      keyPosition: 0,
    });
  });

  it('that are missing are all named, with the line and the nearest name', async () => {
    const error = await failureOf(() =>
      planColumns(relation, ['EMAIL_ADDRESS', 'KEY'], 'KEYS', template('EMAIL_ADRESS', 'constructor', 'KEY')),
    );
    expect(error).toMatchObject({ code: 'COLUMNS_MISSING', hint: 'It has EMAIL_ADDRESS, KEY.' });
    expect(error.message).toBe(
      [
        'The table EMPLOYEES of group staff lacks:',
        '  - EMAIL_ADRESS, which staff.xml names in line 1, did you mean "EMAIL_ADDRESS"?',
        '  - constructor, which staff.xml names in line 2',
        '  - KEYS, which identifies a person, did you mean "KEY"?',
      ].join('\n'),
    );
  });

  it('are not told from a first line that is a person', async () => {
    const error = await failureOf(() =>
      planColumns(relation, ['900000001', 'ada@example.edu', 'ADA'], 'LOGIN', template('EMAIL')),
    );
    expect(error).toMatchObject({
      hint: 'It has 3 columns and none of these; does it begin with the names of its columns?',
    });
    expect(error.message).not.toContain('ADA');
  });

  it('of a query are said to be of the query', async () => {
    const error = await failureOf(() => planColumns({ group: 'g', query: 'select 1' }, [], 'ID', template()));
    expect(error.message).toContain('The query of group g lacks:');
  });
});

describe('the people of a group', () => {
  const plan = planColumns(relation, ['KEY', 'A', 'constructor'], 'KEY', template('A', 'constructor'));

  it('come batch by batch, with numbers that go on, and with unreadable rows beside them', async () => {
    const batches = await read(
      plan,
      'keep',
      [
        ['k1', 'a', 'b'],
        ['k2', null, ''],
      ],
      [],
      [['k3', ' c ', 'd']],
    );
    expect(batches).toEqual([
      {
        people: [
          { row: 1, key: 'k1', values: { A: 'a', constructor: 'b' } },
          { row: 2, key: 'k2', values: { A: '', constructor: '' } },
        ],
        unreadable: [],
      },
      { people: [], unreadable: [{ line: 9, reason: 'broken_quotes' }] },
      { people: [{ row: 3, key: 'k3', values: { A: ' c ', constructor: 'd' } }], unreadable: [] },
    ]);
  });

  it('have their values trimmed, or kept, as the configuration says, and their key always trimmed', async () => {
    const row: Row = ['\u0085 k \u001c', '\u001fa b\u3000', '\ufeffc'];
    const people = async (values: 'trim' | 'keep') =>
      (await read(plan, values, [row])).flatMap((batch) => batch.people);
    expect(await people('trim')).toEqual([
      { row: 1, key: 'k', values: { A: 'a b', constructor: '\ufeffc' } },
    ]);
    expect(await people('keep')).toEqual([
      { row: 1, key: 'k', values: { A: '\u001fa b\u3000', constructor: '\ufeffc' } },
    ]);
  });
});
