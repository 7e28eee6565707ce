import { describe, expect, it } from 'vitest';
import { fillPerson } from '../../../src/load/fill-person.ts';
import { PeopleRegister } from '../../../src/load/people-register.ts';
import { around, compile } from '../support/templates.ts';

const card = '<user_identifier><id_type>01</id_type><value>{{CARD}}</value></user_identifier>';
const template = compile(
  around(`<last_name>{{NAME}}</last_name><user_identifiers>${card}</user_identifiers>`),
  {
    required: ['last_name'],
  },
);

function run() {
  const register = new PeopleRegister(false);
  register.beginGroup('staff');
  let row = 0;
  return (key: string, ID: string, NAME = 'x', CARD = '') => {
    row += 1;
    return fillPerson({ row, key, values: { ID, NAME, CARD } }, template, register);
  };
}

describe('a person', () => {
  it('is written, with the identifiers in the register', () => {
    const fill = run();
    expect(fill('a', 'a@x', 'Ann', 'c1')).toMatchObject({
      kind: 'written',
      user: { identifiers: ['a@x', 'c1'] },
    });
  });

  it('who comes again is a duplicate, whatever the case of the key', () => {
    const fill = run();
    fill('anna', 'a@x');
    expect(fill(' ANNA', 'b@x')).toEqual({ kind: 'duplicate', first: { group: 'staff', row: 1 } });
  });

  it('whose identifier another person has is rejected, and the owner is named', () => {
    const fill = run();
    fill('a', 'a@x', 'x', 'c1');
    expect(fill('b', 'b@x', 'x', 'C1')).toEqual({
      kind: 'rejected',
      reason: 'identifier_taken',
      element: '',
      owner: { group: 'staff', row: 1 },
    });
    // What was rejected takes no identifier with it.
    expect(fill('c', 'b@x')).toMatchObject({ kind: 'written' });
  });

  it('without a key is rejected', () => {
    expect(run()('', 'a@x')).toMatchObject({ kind: 'rejected', reason: 'no_person_key' });
  });

  it('who was rejected may come again whole', () => {
    const fill = run();
    expect(fill('a', 'a@x', '')).toEqual({
      kind: 'rejected',
      reason: 'missing_required',
      element: 'last_name',
      owner: null,
    });
    expect(fill('a', 'a@x', 'Ann')).toMatchObject({ kind: 'written' });
  });
});
