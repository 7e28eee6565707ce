import { describe, expect, it } from 'vitest';
import { RejectedPerson } from '../../../../src/load/rejected-person.ts';
import { readXml, textsAt } from '../../support/read-xml.ts';
import { around, compile, fillOnce } from '../../support/templates.ts';

const first = '<first_name>{{A}}</first_name>';
const group = '<user_group desc="{{B}}">{{A}}</user_group>';

/** The text and the attribute that a reader finds for a value. */
function readBack(value: string): { text: string | undefined; desc: string | undefined } {
  const [element] = readXml(fillOnce(group, { A: value, B: value }).xml).children.slice(1);
  return { text: element?.text, desc: element?.attributes.desc };
}

/** How a person with these values is rejected. */
function rejection(work: () => unknown): { reason: string; element: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof RejectedPerson) return { reason: error.reason, element: error.element };
    throw error;
  }
  throw new Error('it was not rejected');
}

describe('a value is escaped where it stands', () => {
  it.each([
    ['& and <', 'Fish & <Chips>'],
    ['quotes', `"a" 'b'`],
    ['what looks like a reference', '&amp;&#65;'],
    ['the end of CDATA', ']]>'],
    ['CR, LF and TAB', 'a\rb\nc\td\r\ne'],
    ['emoji', '👩‍🔬🎓'],
    ['right-to-left text and its marks', '\u202bאבג\u202c مكتبة'],
    ['patterns of replace', '$& $1 $$ $`'],
    ['what looks like an expression', '{{A}} {{#if B}}'],
    ['code that a template could have run', '{{constructor}}'],
  ])('%s', (_, value) => {
    expect(readBack(value)).toEqual({ text: value, desc: value });
  });

  it('as it is written', () => {
    expect(fillOnce(group, { A: '<&>"\'\r\n\tx', B: '<&>"\'\r\n\t' }).xml).toContain(
      '<user_group desc="&lt;&amp;&gt;&quot;\'&#13;&#10;&#9;">&lt;&amp;&gt;"\'&#13;\n\tx</user_group>\n',
    );
  });

  it('also when it is the same for everybody', () => {
    expect(fillOnce('<user_group desc="a &amp; &quot;b&quot;">c &lt; d</user_group>').xml).toContain(
      '<user_group desc="a &amp; &quot;b&quot;">c &lt; d</user_group>',
    );
  });
});

describe('characters that XML forbids', () => {
  it('are removed and counted, in texts and in attributes', () => {
    const { xml, removed } = fillOnce(group, { A: 'a\u0000\u001f\ufffeb', B: '\u0008\uffffc' });
    expect(xml).toContain('<user_group desc="c">ab</user_group>');
    expect(removed).toBe(5);
  });

  it('are removed when they are halves of a pair, but not when they are a pair', () => {
    const { xml, removed } = fillOnce(first, { A: '\udc00x\ud83d\ude00\ud83d' });
    expect(xml).toContain('<first_name>x\u{1f600}</first_name>');
    expect(removed).toBe(2);
  });

  it('leave an empty element when there is nothing else', () => {
    expect(fillOnce(first, { A: '\u0007\ud800' }).xml).not.toContain('first_name');
  });

  it('are counted anew for each person', () => {
    const template = compile(around(first));
    template.fill({ ID: 'a', A: '\u0000\u0000' });
    expect(template.fill({ ID: 'b', A: 'x' }).removed).toBe(0);
  });
});

describe('blanks around a value', () => {
  it('are left out of a code, where they would make another code, and stay in a text', () => {
    const template =
      '<user_group>{{A}}</user_group><campus_code> M </campus_code><last_name>{{A}}</last_name>';
    const user = readXml(fillOnce(template, { A: ' G\n' }).xml);
    expect(['user_group', 'campus_code', 'last_name'].map((name) => textsAt(user, name))).toEqual([
      ['G'],
      ['M'],
      [' G\n'],
    ]);
  });
});

describe('a value too long', () => {
  it('is cut at characters, never inside of one, and counted', () => {
    const { xml, cut } = fillOnce(first, { A: '😀'.repeat(10_000) });
    expect(textsAt(readXml(xml), 'first_name')).toEqual(['😀'.repeat(255)]);
    expect(cut).toEqual(['first_name']);
  });

  it('is not cut when it is just short enough in characters', () => {
    const { xml, cut } = fillOnce(first, { A: '😀'.repeat(255) });
    expect(textsAt(readXml(xml), 'first_name')).toEqual(['😀'.repeat(255)]);
    expect(cut).toEqual([]);
  });

  it('is cut before it is escaped, so that no reference is cut', () => {
    expect(fillOnce(first, { A: '&'.repeat(300) }).xml).toContain(`>${'&amp;'.repeat(255)}<`);
  });

  it('is cut in attributes', () => {
    const { xml, cut } = fillOnce('<campus_code desc="{{A}}">x</campus_code>', { A: 'y'.repeat(256) });
    expect(xml).toContain(`desc="${'y'.repeat(255)}"`);
    expect(cut).toEqual(['campus_code@desc']);
  });

  it('is never cut in an identifier: the person is rejected', () => {
    expect(rejection(() => fillOnce('', { ID: 'x'.repeat(256) }))).toEqual({
      reason: 'identifier_too_long',
      element: 'primary_id',
    });
    expect(fillOnce('', { ID: '😀'.repeat(255) }).identifiers).toEqual(['😀'.repeat(255)]);
  });
});

describe('a value of a type', () => {
  it.each([
    ['a day that there is not', '<birth_date>{{A}}</birth_date>', '2025-02-29', 'birth_date'],
    ['a date of another form', '<birth_date>{{A}}</birth_date>', '01/02/2000', 'birth_date'],
    ['a boolean in capitals', '<is_researcher>{{A}}</is_researcher>', 'TRUE', 'is_researcher'],
    ['a word for a number', '<loans>{{A}}</loans>', 'many', 'loans'],
  ])('rejects the person for %s', (_, body, A, element) => {
    expect(rejection(() => fillOnce(body, { A }))).toEqual({ reason: 'wrong_value', element });
  });

  it.each([
    ['<birth_date>{{A}}</birth_date>', '2024-02-29Z'],
    ['<is_researcher>{{A}}</is_researcher>', 'true'],
    ['<loans>{{A}}</loans>', '-3'],
  ])('is written as it is in %s', (body, A) => {
    expect(fillOnce(body, { A }).xml).toContain(`>${A}<`);
  });

  it.each(['<birth_date>{{A}}</birth_date>', '<is_researcher>{{A}}</is_researcher>'])(
    'is left out when it is empty: %s',
    (body) => {
      expect(fillOnce(body, { A: '' }).xml).toBe('<user>\n<primary_id>p1</primary_id>\n</user>\n');
    },
  );
});

describe('what the configuration asks for', () => {
  it('rejects a person without a required element', () => {
    const fill = (A: string) => fillOnce('<last_name>{{A}}</last_name>', { A }, { required: ['last_name'] });
    expect(rejection(() => fill(' \u0000'))).toEqual({ reason: 'missing_required', element: 'last_name' });
    expect(fill('x').xml).toContain('<last_name>x</last_name>');
  });

  it('rejects a person without a primary id, even if the configuration does not require it', () => {
    expect(rejection(() => fillOnce('', { ID: ' ' }))).toEqual({
      reason: 'missing_required',
      element: 'primary_id',
    });
  });

  it('rejects a person whose part with a required element is left out', () => {
    const email =
      '<email><email_types><email_type>{{T}}</email_type></email_types><email_address>{{A}}</email_address></email>';
    const fill = (T: string, A: string) =>
      fillOnce(
        `<contact_info><emails>${email}</emails></contact_info>`,
        { T, A },
        {
          required: ['contact_info/emails/email/email_address'],
        },
      );
    expect(rejection(() => fill('', 'a@b.example')).reason).toBe('missing_required');
    expect(rejection(() => fill('work', '')).reason).toBe('missing_required');
    expect(fill('work', 'a@b.example').xml).toContain('a@b.example');
  });

  it('rejects a person whose value is not allowed', () => {
    const fill = (A: string) => fillOnce(group, { A }, { allowed: { user_group: ['31', '32'] } });
    expect(rejection(() => fill('33'))).toEqual({ reason: 'value_not_allowed', element: 'user_group' });
    expect(fill('32').xml).toContain('>32<');
    expect(fill('').xml).not.toContain('user_group');
  });
});

describe('a value of more than 65,536 characters', () => {
  const long = 'x'.repeat(65_537);
  const address = (line: string) =>
    `<contact_info><addresses><address><line1>${line}</line1><address_types><address_type>home</address_type></address_types></address></addresses></contact_info>`;

  it('rejects the person, in any column that the template names', () => {
    expect(rejection(() => fillOnce(address('{{A}}'), { A: long }))).toEqual({
      reason: 'value_too_long',
      element: 'column A',
    });
    expect(
      rejection(() => fillOnce('<job_description>{{#if A}}x{{/if}}</job_description>', { A: long })),
    ).toEqual({ reason: 'value_too_long', element: 'column A' });
    expect(fillOnce(address('{{A}}'), { A: long.slice(1) }).xml).toContain(long.slice(1));
  });

  it('rejects the person where several values make it', () => {
    expect(rejection(() => fillOnce(address('{{A}}{{A}}'), { A: long.slice(1) })).reason).toBe(
      'value_too_long',
    );
  });
});
