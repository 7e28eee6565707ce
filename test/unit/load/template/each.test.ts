import { describe, expect, it } from 'vitest';
import { elementsAt, readXml, textsAt } from '../../support/read-xml.ts';
import { around, compile, fillOnce, problemsIn } from '../../support/templates.ts';

const statistic = (attributes: string, text = '{{lookup "majors" this}}') =>
  `<user_statistics><user_statistic ${attributes}><statistic_category>${text}</statistic_category><category_type>MAJOR</category_type></user_statistic></user_statistics>`;
const lookups = { majors: { BIOL: 'Biology', CHEM: 'Chemistry' } };
const each = `each="{{split A ';'}}"`;
const categories = (xml: string) =>
  textsAt(readXml(xml), 'user_statistics/user_statistic/statistic_category');

describe('each', () => {
  it.each([
    ['BIOL;CHEM', ['Biology', 'Chemistry']],
    [' CHEM ; BIOL ;', ['Chemistry', 'Biology']],
    ['BIOL;BIOL', ['Biology']],
    ['BIOL', ['Biology']],
    ['', []],
    [' ; ;', []],
  ])('writes an element for each value of %j', (A, expected) => {
    expect(categories(fillOnce(statistic(each), { A }, { lookups }).xml)).toEqual(expected);
  });

  it('leaves out the list with its last element', () => {
    expect(fillOnce(statistic(each), { A: '' }, { lookups }).xml).not.toContain('user_statistics');
  });

  it('also reads other columns of the row, and a list that a function makes', () => {
    const body = statistic(`each="{{split (upper A) '|'}}"`, '{{B}}-{{this}}');
    expect(categories(fillOnce(body, { A: 'x|y', B: 'b' }).xml)).toEqual(['b-X', 'b-Y']);
    expect(compile(around(body)).columns.map(({ name }) => name)).toEqual(['ID', 'A', 'B']);
  });

  it('leaves constants around an empty value out, as elsewhere', () => {
    expect(
      categories(fillOnce(statistic(each, 'M-{{lookup "majors" this}}'), { A: 'BIOL' }, { lookups }).xml),
    ).toEqual(['M-Biology']);
  });

  it('prefers the first', () => {
    const body = `<contact_info><emails><email preferred="true" each="{{split A ','}}"><email_address>{{this}}</email_address><email_types><email_type>work</email_type></email_types></email></emails></contact_info>`;
    const emails = elementsAt(readXml(fillOnce(body, { A: 'a@x,b@x' }).xml), 'contact_info/emails/email');
    expect(emails.map(({ attributes }) => attributes.preferred)).toEqual(['true', 'false']);
  });

  it('keeps identifiers apart, and the next person has none of them', () => {
    const body = `<user_identifiers><user_identifier each="{{split A ';'}}"><id_type>BARCODE</id_type><value>{{this}}</value></user_identifier></user_identifiers>`;
    const template = compile(around(body));
    expect([...template.fill({ ID: 'p', A: '1;2;P' }).identifiers]).toEqual(['p', '1', '2']);
    expect([...template.fill({ ID: 'q', A: '' }).identifiers]).toEqual(['q']);
  });

  it('rejects the person for a list that is none', () => {
    const A = Array.from({ length: 101 }, (_, index) => index).join(';');
    expect(() => fillOnce(statistic(each, '{{this}}'), { A })).toThrow('too_many_items');
  });

  it.each([
    [
      'on what is no item of a list',
      `<last_name each="{{split A ';'}}">x</last_name>`,
      'each belongs on an item of a list',
    ],
    [
      'with something else than a list',
      statistic('each="{{A}}"', '{{this}}'),
      'each takes a list, and nothing else',
    ],
    ['with a part of a list', statistic(`each="{{split A ';' 1}}"`, '{{this}}'), 'each takes a list'],
    ['with a separator from the row', statistic('each="{{split A B}}"', '{{this}}'), 'each takes a list'],
    ['with more than a list', statistic(`each="{{split A ';'}}x"`, '{{this}}'), 'each takes a list'],
    ['with nothing', statistic('each=""', '{{this}}'), 'each takes a list'],
    ['around what is always the same', statistic(each, 'BIOL'), 'is the same for each value'],
    [
      'inside another',
      `<contact_info><emails><email each="{{split A ';'}}"><email_address>{{this}}</email_address><email_types><email_type each="{{split B ';'}}">{{this}}</email_type></email_types></email></emails></contact_info>`,
      'each is not allowed inside an element that has each',
    ],
  ])('is refused %s', (_, body, message) => {
    expect(problemsIn(around(body))).toEqual([expect.stringContaining(message)]);
  });
});
