import { describe, expect, it } from 'vitest';
import { type ColumnPlan, planColumns } from '../../../src/load/plan-columns.ts';
import type { Row, RowSource } from '../../../src/load/ports.ts';
import { readPeople } from '../../../src/load/read-people.ts';

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
        yield {
          rows,
          unreadable: rows.length === 0 ? [{ line: 9, lines: 1, reason: 'broken_quotes' as const }] : [],
        };
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

describe('the people of a group', () => {
  const plan = planColumns({ relation, person: 'KEY', template: template('A', 'constructor'), rules: [] }, [
    'KEY',
    'A',
    'constructor',
  ]);

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
        file: null,
      },
      { people: [], unreadable: [{ line: 9, lines: 1, reason: 'broken_quotes' }], file: null },
      { people: [{ row: 3, key: 'k3', values: { A: ' c ', constructor: 'd' } }], unreadable: [], file: null },
    ]);
  });

  it('have their values trimmed, or kept, as the configuration says, and their key always trimmed', async () => {
    const row: Row = ['\ufeff\u0085 k\u200b \u001c', '\u001fa b\u3000', '\ufeffc'];
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
