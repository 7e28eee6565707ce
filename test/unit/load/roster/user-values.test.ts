import { describe, expect, it } from 'vitest';
import { changedPaths, valuesByPath } from '../../../../src/load/roster/user-values.ts';

const values = (inner: string) => Object.fromEntries(valuesByPath(`<user>\n${inner}\n</user>\n`));
const changed = (before: string, now: string) =>
  changedPaths(valuesByPath(`<user>${before}</user>`), valuesByPath(`<user>${now}</user>`));

const address = (inner: string, attributes = '') =>
  `<contact_info><addresses><address${attributes}>${inner}</address></addresses></contact_info>`;
const identifier = (type: string, value: string) =>
  `<user_identifier><id_type>${type}</id_type><value>${value}</value></user_identifier>`;

describe('values by path', () => {
  it('are those of elements with text, below the user', () => {
    expect(values('<last_name>A &amp; B</last_name><middle_name/><status></status>')).toEqual({
      last_name: 'A & B',
    });
  });

  it('of the lines of an address stand apart', () => {
    expect(values(address('<line1>One</line1><line2>Two</line2>'))).toEqual({
      'contact_info/addresses/address/line1': 'One',
      'contact_info/addresses/address/line2': 'Two',
    });
  });

  it('of identifiers stand by their type', () => {
    const two = identifier('BARCODE', 'B1') + identifier('UNIV_ID', 'U1');
    expect(values(`<user_identifiers>${two}</user_identifiers>`)).toMatchObject({
      'user_identifiers/user_identifier[BARCODE]/value': 'B1',
      'user_identifiers/user_identifier[UNIV_ID]/value': 'U1',
    });
  });

  it('of several elements of one name stand together', () => {
    const mail = (text: string) => `<email><email_address>${text}</email_address></email>`;
    expect(values(`<contact_info><emails>${mail('a@b')}${mail('c@d')}</emails></contact_info>`)).toEqual({
      'contact_info/emails/email/email_address': 'a@b\nc@d',
    });
  });

  it('hold attributes that say something, and no descriptions of codes', () => {
    expect(values(address('<line1 >One</line1>', ' preferred="true" segment_type="External"'))).toEqual({
      'contact_info/addresses/address/@preferred': 'true',
      'contact_info/addresses/address/@segment_type': 'External',
      'contact_info/addresses/address/line1': 'One',
    });
    expect(values('<user_group desc="Staff > all">STAFF</user_group>')).toEqual({ user_group: 'STAFF' });
  });
});

describe('changed paths', () => {
  it.each([
    ['a value that is another one', '<a>1</a>', '<a>2</a>', ['a']],
    ['a value that comes', '', '<a>1</a>', ['a']],
    ['a value that goes', '<a>1</a>', '<a/>', ['a']],
    ['a line that moves', address('<line1>1</line1>'), address('<line2>1</line2>'), ['line1', 'line2']],
    [
      'another address that is preferred',
      address('', ' preferred="true"'),
      address('', ' preferred="false"'),
      ['@preferred'],
    ],
    ['order of elements and space', '<a>1</a> <b>2</b>', '\n<b>2</b><a >1</a>', []],
    ['ways to write a sign', '<a>O&#39;B &amp; &#x43;</a>', "<a>O'B &#38; C</a>", []],
    ['descriptions', '<a desc="x">1</a>', '<a desc="y">1</a>', []],
  ])('of %s', (_, before, now, paths) => {
    expect(changed(before, now).map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual(paths);
  });
});
