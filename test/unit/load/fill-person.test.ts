import { describe, expect, it } from 'vitest';
import { type AfterReject, fillPerson, type Outcome } from '../../../src/load/fill-person.ts';
import { PeopleRegister } from '../../../src/load/people-register.ts';
import { settleUser } from '../../../src/load/settle-user.ts';
import { around, compile } from '../support/templates.ts';

const card =
  '<user_identifier segment_type="External"><id_type desc="Card">01</id_type><value>{{CARD}}</value></user_identifier>';
const other =
  '<user_identifier><id_type>02</id_type><value>{{OTHER}}</value><note>n</note></user_identifier>';
const body = around(`<last_name>{{NAME}}</last_name><user_identifiers>${card}${other}</user_identifiers>`);
const required = ['last_name'];
const cardLabel = 'user_identifiers/user_identifier[Card]/value';

/** Fills people of the group that was begun last, a row each. */
function run(template = compile(body, { required }), afterReject: AfterReject = 'stay_out') {
  const register = new PeopleRegister(false);
  let group = '';
  let row = 0;
  const begin = (name: string) => {
    group = name;
    row = 0;
    register.beginGroup(name);
  };
  begin('staff');
  const fill = (key: string, ID: string, NAME = 'x', CARD = '', OTHER = '') => {
    row += 1;
    const values = { ID, NAME, CARD, OTHER };
    return fillPerson({ row, key, values }, group, template, register, afterReject);
  };
  return { fill, begin, register, template };
}

/** What is kept of a user beyond the next one, who overwrites the template's view. */
function written(outcome: Outcome): { xml: string; person: number } {
  if (outcome.kind !== 'written') throw new Error('not written');
  return { xml: outcome.user.xml, person: outcome.person };
}

describe('a person', () => {
  it('is written, with the identifiers in the register', () => {
    const { fill } = run();
    expect(fill('a', 'a@x', 'Ann', 'c1')).toMatchObject({
      kind: 'written',
      user: { identifiers: ['a@x', 'c1'] },
      leftOut: [],
    });
  });

  it('who comes again is a duplicate, even if the case of the key differs', () => {
    const { fill } = run();
    fill('anna', 'a@x');
    expect(fill(' ANNA', 'b@x')).toEqual({ kind: 'duplicate', first: { group: 'staff', row: 1 } });
  });

  it('whose identifier another person has is rejected, with the identifier and its owner named', () => {
    const { fill } = run();
    fill('a', 'a@x', 'x', 'c1');
    expect(fill('b', 'b@x', 'x', '', 'C1')).toEqual({
      kind: 'rejected',
      reason: 'identifier_taken',
      element: 'user_identifiers/user_identifier[02]/value',
      functionName: '',
      owner: { group: 'staff', row: 1 },
    });
    // What was rejected takes no identifier with it.
    expect(fill('c', 'b@x')).toMatchObject({ kind: 'written' });
  });

  it('whose primary id another person has is rejected', () => {
    const { fill } = run();
    fill('a', 'a@x');
    expect(fill('b', 'A@x')).toMatchObject({
      kind: 'rejected',
      reason: 'identifier_taken',
      element: 'primary_id',
      owner: { group: 'staff', row: 1 },
    });
  });

  it('without a key is rejected', () => {
    expect(run().fill('', 'a@x')).toMatchObject({ kind: 'rejected', reason: 'no_person_key' });
  });
});

describe('who was rejected', () => {
  const rejectedBefore = {
    kind: 'rejected',
    reason: 'rejected_before',
    functionName: '',
    element: '',
    owner: { group: 'staff', row: 1 },
  };

  it('may come whole in another row of the group', () => {
    const { fill, begin } = run();
    expect(fill('a', 'a@x', '')).toEqual({
      kind: 'rejected',
      reason: 'missing_required',
      element: 'last_name',
      functionName: '',
      owner: null,
    });
    expect(fill('a', 'a@x', 'Ann')).toMatchObject({ kind: 'written' });
    begin('student');
    expect(fill('A', 'a2@x')).toEqual({ kind: 'duplicate', first: { group: 'staff', row: 2 } });
  });

  it('does not come in a group behind', () => {
    const { fill, begin } = run();
    fill('a', 'a@x', '');
    begin('student');
    expect(fill('A ', 'a@x', 'Ann')).toEqual(rejectedBefore);
    expect(fill('b', 'a@x', 'Bob')).toMatchObject({ kind: 'written' });
    begin('guest');
    expect(fill('a', 'a2@x', 'Ann')).toEqual(rejectedBefore);
  });

  it('comes in a group behind where the configuration says so', () => {
    const { fill, begin } = run(undefined, 'try_next_group');
    fill('a', 'a@x', '');
    begin('student');
    expect(fill('a', 'a@x', 'Ann')).toMatchObject({ kind: 'written' });
  });
});

describe('an identifier that is the primary id of another', () => {
  it('is left out where the other came before', () => {
    const { fill, register } = run();
    fill('a', 'a@x');
    const outcome = fill('b', 'b@x', 'x', 'A@X', 'o1');
    expect(outcome).toMatchObject({
      kind: 'written',
      user: { identifiers: ['b@x', 'o1'] },
      leftOut: [{ element: cardLabel, owner: { group: 'staff', row: 1 } }],
    });
    if (outcome.kind !== 'written') return;
    expect(outcome.user.xml).not.toMatch(/a@x/i);
    expect(outcome.user.xml).toContain('<value>o1</value>');
    expect(outcome.user.filled.length).toBe(3);
    expect(register.holderOf('a@x')).toMatchObject({ person: 0, isPrimary: true });
  });

  it('does not keep the other out who comes behind, and is taken out of the finished user', () => {
    const { fill, begin, register, template } = run();
    fill('z', 'z@x');
    const thief = written(fill('b', 'b@x', 'x', '<a>&\r@x', 'o1'));
    begin('student');
    expect(fill('a', '<A>&\r@X')).toMatchObject({ kind: 'written', user: { identifiers: ['<A>&\r@X'] } });
    expect(register.holderOf('<a>&\r@x')).toMatchObject({
      isPrimary: true,
      place: { group: 'student', row: 1 },
    });
    expect([...register.writtenOf('staff')].map(({ isOutdone }) => isOutdone)).toEqual([false, true]);
    expect([register.hasOutdone('staff'), register.hasOutdone('student')]).toEqual([true, false]);
    const settled = settleUser(thief.xml, thief.person, template, register);
    expect(settled.leftOut).toEqual([{ element: cardLabel, owner: { group: 'student', row: 1 } }]);
    expect(settled.xml).toBe(thief.xml.replace(/<user_identifier segment[\s\S]*?<\/user_identifier>\n/, ''));
  });

  it('takes the list with it when it was the last', () => {
    const { fill } = run();
    fill('a', 'a@x');
    const outcome = fill('b', 'b@x', 'x', 'a@x');
    expect(outcome.kind === 'written' && outcome.user.xml).not.toContain('user_identifiers');
  });

  it('rejects the person where the configuration requires identifiers', () => {
    const template = compile(
      around(`<user_identifiers>${card}</user_identifiers><last_name>{{NAME}}{{OTHER}}</last_name>`),
      {
        required: ['user_identifiers'],
      },
    );
    const { fill, register } = run(template);
    const thief = written(fill('b', 'b@x', 'x', 'a@x'));
    fill('a', 'a@x', 'x', 'a1');
    expect(fill('c', 'c@x', 'x', 'a@x')).toMatchObject({
      kind: 'rejected',
      reason: 'identifier_taken',
      element: cardLabel,
      owner: { group: 'staff', row: 2 },
    });
    expect(settleUser(thief.xml, thief.person, template, register).xml).toBeNull();
  });

  it('never costs its own user the primary id, wherever it stands in the template', () => {
    const template = compile(
      `<user><last_name>{{NAME}}{{OTHER}}</last_name><user_identifiers>${card}</user_identifiers><primary_id>{{ID}}</primary_id></user>`,
    );
    expect(run(template).fill('a', 'a@x', 'x', 'a@x')).toMatchObject({
      kind: 'written',
      user: { identifiers: ['a@x'], repeated: 1 },
    });
  });
});
