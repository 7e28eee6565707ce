import { describe, expect, it } from 'vitest';
import { fieldIn, overlayUser } from '../../../../src/load/roster/overlay-user.ts';

const isList = (name: string) => name === 'user_notes';
const isKept = () => false;

const sent = `<user>
<primary_id>jdoe</primary_id>
<user_group desc="a > b">STAFF</user_group>
<expiry_date>2027-01-01</expiry_date>
<user_roles>
<user_role>
<status>ACTIVE</status>
<expiry_date>2030-01-01</expiry_date>
</user_role>
</user_roles>
<user_notes>
<user_note><note_text>first</note_text></user_note>
</user_notes>
</user>
`;

describe('a user laid over another', () => {
  it('replaces values directly below the user, and leaves those of other elements', () => {
    const over = '<user>\n<expiry_date>2026-03-01</expiry_date>\n</user>\n';
    expect(overlayUser(sent, over, { isKept, isList })).toBe(sent.replace('2027-01-01', '2026-03-01'));
  });

  it('adds what is not there at the end', () => {
    const over = '<user>\n<status>INACTIVE</status>\n</user>\n';
    expect(overlayUser(sent, over, { isKept, isList })).toBe(
      sent.replace('</user>\n', '<status>INACTIVE</status>\n</user>\n'),
    );
  });

  it('adds items to a list that is there, and brings one that is not', () => {
    const over =
      '<user>\n<user_notes>\n<user_note><note_text>second</note_text></user_note>\n</user_notes>\n</user>\n';
    const merged = overlayUser(sent, over, { isKept, isList });
    expect(merged).toContain(
      'first</note_text></user_note>\n<user_note><note_text>second</note_text></user_note>\n</user_notes>',
    );
    const bare = '<user><primary_id>x</primary_id><user_notes/></user>';
    expect(overlayUser(bare, over, { isKept, isList })).toBe(
      '<user><primary_id>x</primary_id><user_notes>\n<user_note><note_text>second</note_text></user_note>\n</user_notes></user>',
    );
  });

  it('keeps what is to be kept', () => {
    const over = '<user>\n<primary_id>other</primary_id>\n<expiry_date>2026-03-01</expiry_date>\n</user>\n';
    const merged = overlayUser(sent, over, { isKept: (name) => name === 'primary_id', isList });
    expect(fieldIn(merged, 'primary_id')).toBe('jdoe');
    expect(fieldIn(merged, 'expiry_date')).toBe('2026-03-01');
  });

  it('is not misled by comments, CDATA sections and signs in attributes of foreign files', () => {
    const foreign =
      '<user><!-- <expiry_date>1</expiry_date> --><last_name><![CDATA[</last_name><expiry_date>2</expiry_date>]]></last_name>' +
      '<user_group desc="<x>/>">G</user_group><expiry_date>2027-01-01</expiry_date></user>';
    const merged = overlayUser(foreign, '<user><expiry_date>2026-03-01</expiry_date></user>', {
      isKept,
      isList,
    });
    expect(merged).toBe(foreign.replace('2027-01-01', '2026-03-01'));
  });
});

describe('the text of an element below a user', () => {
  it.each([
    ['expiry_date', '2027-01-01'],
    ['user_group', 'STAFF'],
    ['status', ''],
    ['birth_date', ''],
  ])('%s is "%s"', (name, text) => {
    expect(fieldIn(sent, name)).toBe(text);
  });

  it('has its references resolved', () => {
    expect(fieldIn('<user><last_name>O&amp;N &#233;</last_name></user>', 'last_name')).toBe('O&N é');
  });
});
