import { describe, expect, it } from 'vitest';
import { elementsAt, readXml, textsAt } from '../../support/read-xml.ts';
import { around, compile, fillOnce } from '../../support/templates.ts';

const phone = (number: string, preferred = '{{P}}') =>
  `<phone preferred="${preferred}"><phone_number>${number}</phone_number><phone_types><phone_type>home</phone_type></phone_types></phone>`;
const identifier = (value: string, type = '01') =>
  `<user_identifier><id_type desc="Card">${type}</id_type><value>${value}</value><note>{{N}}</note></user_identifier>`;
const identifiers = (...items: string[]) => `<user_identifiers>\n${items.join('\n')}\n</user_identifiers>`;
const contact = (...items: string[]) =>
  `<contact_info>\n<phones>${items.join('\n')}</phones>\n</contact_info>`;

describe('an element that comes out empty', () => {
  it('is left out with its attributes', () => {
    expect(fillOnce('<user_group desc="x">{{A}}</user_group>', { A: '' }).xml).not.toContain('user_group');
  });

  it.each([' ', '\t\r\n', '\u00a0\u3000', '\u0085\u2028'])('is left out when it holds blanks alone', (A) => {
    expect(fillOnce('<first_name>{{A}}</first_name>', { A }).xml).not.toContain('first_name');
  });

  it.each([
    ['{{A}}@example.edu', '', ''],
    ['{{A}}@example.edu', ' \u00a0', ''],
    ['{{A}}@example.edu', '0', '0@example.edu'],
    ['Room {{A}}, {{strip A}}', '', ''],
    ['Room {{A}}, {{first A "?"}}', '', 'Room , ?'],
    ['{{#if A}}Room {{A}}{{/if}}', '', ''],
    ['{{#if B}}Room {{A}}{{/if}}', '', ''],
    ['{{today}} {{A}}', '', ''],
    ['{{today}}Z', '', '2026-03-01Z'],
    ['{{#if A}}old{{else}}new {{today}}{{/if}}', '', 'new 2026-03-01'],
    ['{{! a room }}Main Library', '', 'Main Library'],
  ])('holds no constant text around nothing: %s for %j is %j', (text, A, expected) => {
    const { xml } = fillOnce(`<job_description>${text}</job_description>`, { A, B: 'b' });
    expect(textsAt(readXml(xml), 'job_description')).toEqual(expected === '' ? [] : [expected]);
    const desc = readXml(
      fillOnce(`<status desc="${text.replaceAll('"', "'")}">x</status>`, { A, B: 'b' }).xml,
    );
    expect(elementsAt(desc, 'status')[0]?.attributes.desc).toBe(expected);
  });

  it('keeps the blanks of a value that has more than blanks', () => {
    const { xml } = fillOnce('<first_name>\n  {{A}}\n</first_name>', { A: ' x ' });
    expect(textsAt(readXml(xml), 'first_name')).toEqual([' x ']);
  });

  it('is not counted as filled, and written text is never counted', () => {
    const template = compile(
      around('<first_name>{{A}}</first_name><last_name>{{B}}</last_name><status>ACTIVE</status>'),
    );
    const filled = (A: string, B: string) =>
      template.fill({ ID: 'x', A, B }).filled.map((index) => template.elements[index]);
    expect(filled('', 'b')).toEqual(['primary_id', 'last_name']);
    expect(filled('a', 'b')).toEqual(['primary_id', 'first_name', 'last_name']);
    expect(template.elements).toEqual(['primary_id', 'first_name', 'last_name']);
  });
});

describe('a part', () => {
  it('goes as a whole without a child that Alma needs, and the lists around it with it', () => {
    expect(fillOnce(contact(phone('{{A}}'))).xml).toBe('<user>\n<primary_id>p1</primary_id>\n</user>\n');
  });

  it('stays without a child that Alma does not need', () => {
    const { xml } = fillOnce(identifiers(identifier('{{A}}')), { A: 'c1' });
    expect(xml).toContain(
      '<user_identifier>\n<id_type desc="Card">01</id_type>\n<value>c1</value>\n</user_identifier>\n',
    );
  });

  it('goes when the list that Alma needs in it is empty', () => {
    const address =
      '<address><line1>{{A}}</line1><address_types><address_type>{{T}}</address_type></address_types></address>';
    const body = `<contact_info><addresses>${address}</addresses></contact_info>`;
    expect(fillOnce(body, { A: '1 Main St', T: '' }).xml).not.toContain('contact_info');
    expect(fillOnce(body, { A: '1 Main St', T: 'home' }).xml).toContain('<line1>1 Main St</line1>');
  });

  it('does not take its neighbours with it', () => {
    const { xml } = fillOnce(contact(phone('{{A}}'), phone('{{B}}')), { B: '2' });
    expect(textsAt(readXml(xml), 'contact_info/phones/phone/phone_number')).toEqual(['2']);
  });

  it('that is left out leaves no identifier, no count and no note of a cut behind', () => {
    const body = identifiers(
      '<user_identifier><value>{{A}}</value><note>{{N}}</note><id_type>{{T}}</id_type></user_identifier>',
    );
    const user = fillOnce(body, { A: 'c1', N: 'n'.repeat(2001), T: '' });
    expect(user.xml).not.toContain('user_identifier');
    expect(user.identifiers).toEqual(['p1']);
    expect(user.filled).toEqual([0]);
    expect(user.cut).toEqual([]);
  });
});

describe('a boolean attribute', () => {
  it('is left out when it is empty', () => {
    expect(fillOnce(contact(phone('{{A}}')), { A: '1', P: '' }).xml).toContain('<phone>');
  });

  it('is written when it is one, and rejects the person when it is none', () => {
    expect(fillOnce(contact(phone('{{A}}')), { A: '1', P: 'true' }).xml).toContain(
      '<phone preferred="true">',
    );
    expect(() => fillOnce(contact(phone('{{A}}')), { A: '1', P: 'yes' })).toThrow('wrong_value');
  });

  it('does not matter in a part that is left out', () => {
    expect(fillOnce(contact(phone('{{A}}')), { A: '', P: 'yes' }).xml).not.toContain('phone');
  });

  it('is true for only one item of a list, even if the row says otherwise', () => {
    const { xml } = fillOnce(contact(phone('{{A}}'), phone('{{B}}'), phone('{{C}}')), {
      A: '1',
      B: '2',
      C: '3',
      P: 'true',
    });
    const marks = elementsAt(readXml(xml), 'contact_info/phones/phone').map(
      ({ attributes }) => attributes.preferred,
    );
    expect(marks).toEqual(['true', 'false', 'false']);
  });

  it('may be true for another item when the one before it is left out', () => {
    const { xml } = fillOnce(contact(phone('{{A}}', 'true'), phone('{{B}}')), { B: '2', P: '1' });
    expect(xml).toContain('<phone preferred="1">');
  });
});

describe('identifiers', () => {
  it('are listed in the order of the template, without blanks around them', () => {
    const user = fillOnce(identifiers(identifier('{{A}}'), identifier('{{B}}')), {
      ID: ' p1\n',
      A: '\tc1',
      B: 'c 2',
    });
    expect(user.identifiers).toEqual(['p1', 'c1', 'c 2']);
    expect(user.xml).toContain('<primary_id>p1</primary_id>');
  });

  it.each(['P1', 'c1', 'C1\u3000', '\ufeffc1'])(
    'that the user has already are left out and counted: %j',
    (B) => {
      const user = fillOnce(identifiers(identifier('{{A}}'), identifier('{{B}}')), { A: 'c1', B });
      expect(textsAt(readXml(user.xml), 'user_identifiers/user_identifier/value')).toEqual(['c1']);
      expect(user.repeated).toBe(1);
    },
  );

  it('of a proxy are not those of the user', () => {
    const body =
      '<proxy_for_users><proxy_for_user><primary_id>{{A}}</primary_id></proxy_for_user></proxy_for_users>';
    expect(fillOnce(body, { A: 'p1' }).identifiers).toEqual(['p1']);
    expect(fillOnce(body, { A: 'p1' }).xml).toContain('<proxy_for_user>\n<primary_id>p1</primary_id>');
  });

  it('have labels by their kind, which the guard counts', () => {
    const template = compile(around(identifiers(identifier('{{A}}'))));
    expect(template.elements).toEqual([
      'primary_id',
      'user_identifiers/user_identifier[Card]/value',
      'user_identifiers/user_identifier[Card]/note',
    ]);
  });
});
