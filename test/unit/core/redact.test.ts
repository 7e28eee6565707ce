import { describe, expect, it } from 'vitest';
import { createRedact } from '../../../src/core/redact.ts';

describe('a secret', () => {
  it.each([
    ['everywhere in a text', ['s3cret'], 'a s3cret b s3cret', 'a *** b ***'],
    ['as an address spells it', ['p@ss/word'], 'postgres://u:p%40ss%2Fword@host', 'postgres://u:***@host'],
    ['with signs that patterns know', ['a.*$&('], 'x a.*$&( y', 'x *** y'],
    ['that holds another one, as a whole', ['secret', 'secret-key'], 'my secret-key', 'my ***'],
    ['more than one', ['first', 'second'], 'first second', '*** ***'],
  ])('is replaced %s', (_, secrets, text, expected) => {
    expect(createRedact(secrets)(text)).toBe(expected);
  });

  it('that is too short to hide, or empty, is left alone', () => {
    expect(createRedact(['abc', ''])('abcabc')).toBe('abcabc');
    expect(createRedact(['abcd'])('abcd')).toBe('***');
  });

  it('that cannot be spelt in an address is replaced all the same', () => {
    expect(createRedact(['half\ud800'])('my half\ud800!')).toBe('my ***!');
  });
});
