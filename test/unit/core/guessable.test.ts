import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isGuessable } from '../../../src/core/guessable.ts';

describe('a secret', () => {
  it.each([
    'aaaaaaaaaaaaaaaa',
    'aaaaaaaaaaaaaaab',
    '......................',
    '..........aaaaaaaaaaa.',
    'abababababababab',
    'passwordpassword',
    'CHANGE_ME_CHANGE_ME',
    '0123456789abcdef',
    'fedcba9876543210',
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuu',
    'qwertyuiopasdfgh',
    'Qwertz123456yxcvbn',
    'correcthorsebattery',
    'correct-horse-battery',
    'thelibrarysecret2026',
    'PatronInfoSecret!',
    '1111111122222222',
    '',
  ])('is easy to guess: %s', (secret) => {
    expect(isGuessable(secret)).toBe(true);
  });

  it.each([
    '8AvAPrrUsmlBa50qgc683e',
    'b9c1-77e0-4d5a-93f2',
    'µßøþ¶æ÷×ð¢£¥§©®±',
    'kettle oxygen battle lantern winter pigeon',
    'xkqzjwvbnmptgyhd',
  ])('is not, by its looks: %s', (secret) => {
    expect(isGuessable(secret)).toBe(false);
  });

  it.each([
    ['hex', 16],
    ['hex', 32],
    ['base64', 22],
    ['base64url', 43],
  ] as const)('of random characters in %s, %i of them, is not, or hardly ever', (encoding, length) => {
    const keys = Array.from({ length: 2000 }, (_, at) =>
      createHash('sha256').update(String(at)).digest(encoding).slice(0, length),
    );
    expect(keys.filter(isGuessable)).toEqual([]);
  });
});
