import { describe, expect, it } from 'vitest';
import { type ErrorMeaning, explained, meaningOf, untrustedCodes } from '../../../src/core/error-table.ts';
import { PatronflowError } from '../../../src/core/errors.ts';

const table: readonly ErrorMeaning[] = [
  { codes: /^E1$/, code: 'STORE_BUSY', message: '{place} is busy{more}.', hint: 'Wait.' },
  { names: /^RangeError$/, texts: /lost/, code: 'STORE_MISSING', message: '{place}', hint: '' },
  { status: (status) => status >= 500, codes: /^E1/, code: 'STORE_FULL', message: 'x {unknown}', hint: '' },
];
const coded = (code: string) => Object.assign(new Error('m'), { code });

describe('a table of errors', () => {
  it.each([
    ['a code', coded('E1'), undefined, 'STORE_BUSY'],
    ['a class', new RangeError('m'), undefined, 'STORE_MISSING'],
    ['a text', new Error('it was lost'), undefined, 'STORE_MISSING'],
    ['a text in the code', coded('lost'), undefined, 'STORE_MISSING'],
    ['a status', new Error('m'), 503, 'STORE_FULL'],
    ['the first row that fits', coded('E1'), 503, 'STORE_BUSY'],
  ])('finds %s', (_, error, status, code) => {
    expect(meaningOf(table, error, status)?.code).toBe(code);
  });

  it.each([[new Error('m')], [coded('E2')], ['lost'], [undefined]])('has no row for %s', (error) => {
    expect(explained(table, error, { words: {} })).toBeNull();
  });

  it('fills the words of a message, and keeps the cause', () => {
    const error = coded('E1');
    expect(explained(table, error, { words: { place: 'Here', more: '' } })).toMatchObject({
      code: 'STORE_BUSY',
      message: 'Here is busy.',
      hint: 'Wait.',
      cause: error,
    });
  });

  it('leaves what is one of ours as it is', () => {
    const ours = new PatronflowError('SOURCE_LOST', 'lost');
    expect(explained(table, ours, { words: {} })).toBe(ours);
  });
});

it.each([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])('counts %s as a connection that TLS does not trust', (code) => {
  expect(untrustedCodes.test(code)).toBe(true);
});
