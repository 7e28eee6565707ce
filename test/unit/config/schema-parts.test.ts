import { describe, expect, it } from 'vitest';
import { mailWith } from '../../../src/config/schema-parts.ts';

const schema = mailWith('Load {day}: {counts}');
const via = 'smtp://mail.library.example';

describe('the mail of a job', () => {
  it.each([
    'reports@library.example',
    'Library reports <reports@library.example>',
    '"Reports, Library" <r@library.example>',
  ])('comes from an address, with a name or without: %s', (from) => {
    expect(schema.parse({ via, from })).toMatchObject({ from });
  });

  it.each([
    'library',
    'Library <reports>',
    'a@library.example\r\nBcc: b@library.example',
    'A\r\nBcc: x <a@b.example>',
    'a@b.example <',
  ])('does not come from %j', (from) => {
    expect(schema.safeParse({ via, from }).error?.issues).toMatchObject([{ path: ['from'] }]);
  });

  it('has a subject that knows what it fills in', () => {
    expect(schema.parse({ via }).subject).toBe('Load {day}: {counts}');
    expect(schema.parse({ via, subject: '{workspace}: {day}' }).subject).toBe('{workspace}: {day}');
    expect(schema.safeParse({ via, subject: 'Load of {date}\u001b' }).error?.issues[0]?.message).toBe(
      'has {date}, but knows only {day}, {counts}, {workspace}',
    );
  });
});
