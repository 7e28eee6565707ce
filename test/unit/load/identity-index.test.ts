import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, IdentityIndex } from '../../../src/load/identity-index.ts';

/** Few and short, so that values often meet; with case and blanks that must not count. */
const value = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', 'É', 'é', ' ', '\t', '1', '😀'),
  maxLength: 4,
});
const step = fc.record({
  isAdd: fc.boolean(),
  space: fc.constantFrom(1, 2),
  value,
  person: fc.nat({ max: 2 ** 31 }),
});

describe('the index of identities', () => {
  it('finds what a map would find, in any order of adding and finding', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(), (steps, seed) => {
        const index = new IdentityIndex(seed);
        const model = new Map<string, number>();
        for (const { isAdd, space, value: given, person } of steps) {
          const key = `${space} ${given.trim().toLowerCase()}`;
          if (isAdd) {
            index.add(space, given, person);
            if (!model.has(key)) model.set(key, person);
          }
          expect(index.find(space, given)).toBe(model.get(key) ?? -1);
        }
      }),
    );
  });

  it('ignores case and blanks around a value, but not inside of it', () => {
    const index = new IdentityIndex();
    index.add(1, ' John Smith\n', 7);
    expect(index.find(1, 'JOHN SMITH')).toBe(7);
    expect(index.find(1, '\u00a0john smith')).toBe(7);
    expect(index.find(1, 'johnsmith')).toBe(-1);
  });

  it('keeps spaces apart', () => {
    const index = new IdentityIndex();
    index.add(1, 'x', 3);
    expect([index.find(1, 'x'), index.find(2, 'x')]).toEqual([3, -1]);
  });

  it('keeps the first person of a value, also person 0', () => {
    const index = new IdentityIndex();
    index.add(1, 'x', 0);
    index.add(1, 'X', 9);
    expect(index.find(1, 'x')).toBe(0);
  });

  it.each([
    ['numbers that follow each other', (number: number) => String(21_000_000_000_000 + number)],
    ['numbers with zeros at the end', (number: number) => `${number}000000`],
    ['long values that differ at their start', (number: number) => `${number}${'x'.repeat(100)}`],
    ['addresses', (number: number) => `person.${number}@library.example`],
  ])('takes none of 300,000 different values for another: %s', (_, make) => {
    const index = new IdentityIndex(42);
    const misses: string[] = [];
    for (let number = 0; number < 300_000; number += 1) {
      if (index.find(1, make(number)) !== -1) misses.push(make(number));
      index.add(1, make(number), number);
    }
    for (let number = 0; number < 300_000; number += 1) {
      if (index.find(1, make(number)) !== number) misses.push(make(number));
      if (number % 100 === 0 && index.find(2, make(number)) !== -1) misses.push(make(number));
    }
    expect(misses).toEqual([]);
  });
});

describe('the canonical form of a value', () => {
  it('does not depend on the language of the machine', () => {
    expect(canonical(' Iİ ')).toBe('ii̇');
  });
});
