import { describe, expect, it } from 'vitest';
import { PeopleRegister } from '../../../src/load/people-register.ts';

describe('the register of people', () => {
  it('knows people by their key, and identifiers apart from keys', () => {
    const register = new PeopleRegister(false);
    register.beginGroup('staff');
    register.enter(3, 'ANNA', ['anna@x', 'c1']);
    expect(register.personOf(' anna ')).toMatchObject({
      place: { group: 'staff', row: 3 },
      isRejected: false,
    });
    expect(register.personOf('c1')).toBeNull();
    expect(register.ownerOf(['free', 'C1'])).toEqual({ group: 'staff', row: 3 });
    expect(register.ownerOf(['ANNA', 'free'])).toBeNull();
    expect(register.ownerOf([])).toBeNull();
  });

  it('names the group of each, also when groups between them are empty', () => {
    const register = new PeopleRegister(false);
    register.beginGroup('empty');
    register.beginGroup('staff');
    register.enter(1, 'a', []);
    register.beginGroup('none');
    register.beginGroup('student');
    register.enter(1, 'b', []);
    expect(register.personOf('a')?.place.group).toBe('staff');
    expect(register.personOf('b')?.place.group).toBe('student');
  });

  it('keeps row keys only when it is told to', () => {
    for (const keeps of [true, false]) {
      const register = new PeopleRegister(keeps);
      register.beginGroup('staff');
      register.enter(1, 'ANNA', []);
      const key = keeps ? { key: 'ANNA' } : {};
      expect(register.personOf('anna')?.place).toEqual({ group: 'staff', row: 1, ...key });
      expect(register.placeOfRow('staff', 2, 'ANNA')).toEqual({ group: 'staff', row: 2, ...key });
    }
  });

  it('grows, and forgets no person', () => {
    const register = new PeopleRegister(false);
    register.beginGroup('staff');
    for (let row = 1; row <= 10_000; row += 1) register.enter(row, `k${row}`, [`i${row}`]);
    for (let row = 1; row <= 10_000; row += 1) {
      if (register.personOf(`K${row}`)?.place.row !== row || register.ownerOf([`I${row}`])?.row !== row)
        throw new Error(`${row}`);
    }
  });
});
