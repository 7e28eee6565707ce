import { describe, expect, it } from 'vitest';
import type { PatronflowError } from '../../../src/core/errors.ts';
import { planColumns } from '../../../src/load/plan-columns.ts';
import { failureOf } from '../support/fixtures.ts';

const relation = { group: 'staff', table: 'EMPLOYEES' };
const template = (...names: string[]) => ({
  file: 'staff.xml',
  columns: names.map((name, index) => ({ name, line: index + 1 })),
});

describe('the columns of a group', () => {
  it('are found by name, each once, wherever they stand', () => {
    expect(
      planColumns({ relation, person: 'ID', template: template('MAIL', 'NAME', 'MAIL'), rules: [] }, [
        'ID',
        'NAME',
        'MAIL',
      ]),
    ).toEqual({
      columns: [
        { name: 'MAIL', position: 2 },
        { name: 'NAME', position: 1 },
      ],
      keyPosition: 0,
      place: null,
    });
  });

  it('are found in another case, but exactly where only case tells two apart', () => {
    expect(
      planColumns({ relation, person: 'ID', template: template('NAME', 'ID', 'Name'), rules: [] }, [
        'id',
        'Name',
        'NAME',
      ]),
    ).toEqual({
      columns: [
        { name: 'NAME', position: 2 },
        { name: 'ID', position: 0 },
        { name: 'Name', position: 1 },
      ],
      keyPosition: 0,
      place: null,
    });
  });

  it('that are missing are all named, with the line and the nearest name', async () => {
    const error = await failureOf(() =>
      planColumns(
        { relation, person: 'KEYS', template: template('EMAIL_ADRESS', 'constructor', 'KEY'), rules: [] },
        ['EMAIL_ADDRESS', 'KEY'],
      ),
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
      planColumns(
        { relation, person: 'LOGIN', template: template('EMAIL'), rules: [] },
        ['900000001', 'ada@example.edu', 'ADA'],
        true,
      ),
    );
    expect(error).toMatchObject({ hint: 'Its first line has 3 fields; does it name the columns?' });
    expect(error.message).not.toContain('ADA');
  });

  it.each([
    ['a value that is called like a column', ['900000001', 'LOVELACE', 'ID'], ['ID', 'LAST']],
    ['a value that is nearly called like one', ['GAP', 'LOVELACE', '2027-05-31'], ['GRP', 'LAST']],
    ['an e-mail address beside names', ['ID', 'LAST', 'ada@example.edu'], ['ID', 'LAST', 'EMAIL']],
  ])('are not shown where a first line may be a person: %s', async (_what, present, wanted) => {
    const error = await failureOf(() =>
      planColumns({ relation, person: 'ID', template: template(...wanted), rules: [] }, present, true),
    );
    expect(`${error}${(error as PatronflowError).hint}`).not.toMatch(/9000|LOVELACE|GAP|2027|example/);
    expect(`${error}`).toContain('lacks');
  });

  it('are shown of a file when its first line names most of them', async () => {
    const present = ['ID', 'FIRST', 'LAST', 'E-mail (work)'];
    const error = await failureOf(() =>
      planColumns({ relation, person: 'ID', template: template('FIRST', 'LASTS'), rules: [] }, present, true),
    );
    expect(error.message).toContain('LASTS, which staff.xml names in line 2, did you mean "LAST"?');
    expect(error).toMatchObject({ hint: 'It has ID, FIRST, LAST, E-mail (work).' });
  });

  it('that are there twice are an error where one of them is asked for, and else are not', async () => {
    const error = await failureOf(() =>
      planColumns({ relation, person: 'ID', template: template('ID', 'name'), rules: [] }, [
        'ID',
        'Name',
        'NAME',
        'ID',
        'X',
        'X',
      ]),
    );
    expect(error).toMatchObject({ code: 'COLUMNS_AMBIGUOUS' });
    expect(error.message).toBe(
      [
        'The table EMPLOYEES of group staff has more than once:',
        '  - ID (columns 1 and 4), which staff.xml names in line 1',
        '  - name (columns 2 and 3), which staff.xml names in line 2',
        '  - ID (columns 1 and 4), which identifies a person',
      ].join('\n'),
    );
    expect(
      planColumns({ relation, person: 'ID', template: template('ID'), rules: [] }, ['ID', 'X', 'X'])
        .keyPosition,
    ).toBe(0);
  });

  it('of a query are said to be of the query', async () => {
    const error = await failureOf(() =>
      planColumns(
        { relation: { group: 'g', query: 'select 1' }, person: 'ID', template: template(), rules: [] },
        [],
      ),
    );
    expect(error.message).toContain('The query of group g lacks:');
  });
});
