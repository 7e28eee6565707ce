import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hash } from '@node-rs/bcrypt';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { addressText, idOf } from '../../../src/poll/make-patron-info.ts';
import { type BcryptInput, createObfuscator } from '../../../src/poll/obfuscate.ts';
import type { PatronRow } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { rowsOf, sierraPatron } from '../support/memory-sierra.ts';

// The real bcrypt, watched: how many calls run at a time shows nowhere else.
vi.mock('@node-rs/bcrypt', { spy: true });

const salt = '$2a$04$8AvAPrrUsmlBa50qgc683e';
const { signal } = new AbortController();
const bcrypt = (longInput: BcryptInput = 'truncate', own = salt, threads = 2) =>
  createObfuscator({ method: 'bcrypt', salt: own, longInput }, threads);
const texts = (count: number, name = 'text') =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`);

/** What libxcrypt makes of texts with the salt above. */
const a71 = 'a'.repeat(71);
const hashes = {
  id____: 'kBI7wQUgBXjQZsd1sggNgRU9X/olraG',
  '': 'aOqWpiaYhLVb7NXSZwfd6CRIsJtEKju',
  '12345_1 Rue de l\u00c9glise_Montr\u00e9al_QC_H2Y': 'NwIk.aDF0.uux3fjyntPjJAnoFdUtFG',
  [a71]: 'dbvIicRArIseeEk8J6ymc.MPZ.8mszO',
  [`${a71}a`]: 'yulxPVllpy.D1XQZWPt.XH7Sbh4baXu',
};
const cutInside = 'yhF1iQrNn0fKce.Gfkf5SvAId9s71i.';

describe('bcrypt', () => {
  it.each([
    ['$2a$10$8AvAPrrUsmlBa50qgc683e', 'UPMawmdZfleeSg5REsZbLbAivWl97O6'],
    ['$2b$12$iuSSdD6F/nJ1GSXzesM8sO', 'SUXLCHnsRVt4Vj1PyP9KPEqADxtUj5.'],
  ])('makes of a text with the salt %s what the original makes, without the salt', async (own, expected) => {
    expect(await bcrypt('truncate', own).obfuscate(['test_input'], signal)).toEqual([expected]);
  });

  it('hashes UTF-8, up to the last byte that it reads', async () => {
    expect(await bcrypt().obfuscate(Object.keys(hashes), signal)).toEqual(Object.values(hashes));
  });

  it('does not hear of what comes after 72 bytes, also inside of a character, where it may cut', async () => {
    const longer = [`${a71}ab`, `${a71}\u00e9`, `${a71}\u00e9b`, `${a71}\u00e8`];
    // Both characters begin with the byte C3.
    expect(await bcrypt('truncate').obfuscate(longer, signal)).toEqual([
      hashes[`${a71}a`],
      cutInside,
      cutInside,
      cutInside,
    ]);
  });

  it('refuses what is longer than 72 bytes where it may not cut', async () => {
    const found = await bcrypt('reject').obfuscate([`${a71}ab`, `${a71}a`, `${a71}\u00e9`, 'id____'], signal);
    expect(found).toEqual([null, hashes[`${a71}a`], null, hashes.id____]);
  });

  it('hashes the SHA-256 of every text, also of a short one, where that was chosen', async () => {
    const given = ['id____', `${a71}ab`, `${a71}ac`];
    const digests = given.map((text) => createHash('sha256').update(text).digest('base64'));
    const found = await bcrypt('prehash').obfuscate(given, signal);
    expect(found).toEqual(await bcrypt('reject').obfuscate(digests, signal));
    expect(new Set(found).size).toBe(3);
  });

  it('publishes 31 characters of its alphabet and nothing of the salt', async () => {
    for (const text of await bcrypt().obfuscate(texts(20), signal))
      expect(text).toMatch(/^[./A-Za-z0-9]{31}$/);
  });
});

describe('a text', () => {
  const long = `${a71}\u00e9`;

  it.each<[BcryptInput, boolean]>([
    ['truncate', false],
    ['reject', true],
    ['prehash', true],
  ])('counts as a whole unless it is cut: %s', (longInput, expected) => {
    const { covers } = bcrypt(longInput);
    expect([covers(`${a71}a`), covers(long)]).toEqual([true, expected]);
  });

  it('counts as a whole where it is keyed', () => {
    expect(createObfuscator({ method: 'hmac-sha256', key: 'k' }, 1).covers('x'.repeat(1000))).toBe(true);
  });
});

describe('hmac-sha256', () => {
  it('is keyed, hexadecimal and in order, of texts of any length', async () => {
    const hmac = createObfuscator({ method: 'hmac-sha256', key: 'key' }, 2);
    // From RFC 4231's sibling in Wikipedia: HMAC_SHA256("key", "The quick brown fox …").
    const fox = 'The quick brown fox jumps over the lazy dog';
    const found = await hmac.obfuscate([fox, 'é', 'x'.repeat(100), fox], signal);
    expect(found[0]).toBe('f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8');
    expect(found[3]).toBe(found[0]);
    expect(new Set(found).size).toBe(3);
    const other = createObfuscator({ method: 'hmac-sha256', key: 'another' }, 2);
    expect(await other.obfuscate([fox], signal)).not.toContain(found[0]);
  });
});

describe('the recipe in docs/privacy.md', () => {
  const page = readFileSync(new URL('../../../docs/privacy.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| `([0-9a-f]{64})` \|$/gm)];
  const vectors = rows.map(([, key = '', text = '', expected = '']) => [text, key, expected] as const);

  it.each(vectors)('makes of %s with the key %s the hash that stands there', async (text, key, expected) => {
    expect(await createObfuscator({ method: 'hmac-sha256', key }, 1).obfuscate([text], signal)).toEqual([
      expected,
    ]);
  });

  it('has texts as they are made of a patron', () => {
    const none = { street: null, city: null, region: null, postalCode: null };
    const library = { street: '476 5th Ave', city: 'New York', region: 'NY', postalCode: '10018' };
    const abroad = { street: '12 Rue de l’Église', city: 'Montréal', region: 'QC', postalCode: 'H2Y 1C6' };
    const [row] = rowsOf(sierraPatron(1_234_567)) as [PatronRow];
    const texts = [idOf(row), ...[library, none, abroad].map((address) => addressText({ ...row, address }))];
    expect(vectors.slice(0, 4).map(([text]) => text)).toEqual(texts);
    expect(vectors).toHaveLength(5);
  });
});

describe('lists of texts', () => {
  let running = 0;
  let max = 0;
  const begun: string[] = [];
  beforeEach(async () => {
    running = 0;
    max = 0;
    begun.length = 0;
    const real = (await vi.importActual<typeof import('@node-rs/bcrypt')>('@node-rs/bcrypt')).hash;
    vi.mocked(hash).mockImplementation(async (text, ...rest) => {
      begun.push(String(text));
      running += 1;
      max = Math.max(max, running);
      try {
        return await real(text, ...rest);
      } finally {
        running -= 1;
      }
    });
  });

  it('keep their order', async () => {
    const given = texts(50);
    const one = bcrypt();
    const expected = [];
    for (const text of given) expected.push(...(await one.obfuscate([text], signal)));
    expect(await bcrypt('truncate', salt, 8).obfuscate(given, signal)).toEqual(expected);
  });

  it('run on all threads and never on more, however many lists there are', async () => {
    const obfuscator = bcrypt('truncate', salt, 3);
    await Promise.all([1, 2, 3, 4].map((list) => obfuscator.obfuscate(texts(10, `list ${list}`), signal)));
    expect(max).toBe(3);
    expect(begun).toHaveLength(40);
  });

  it('come one after the other, in the order in which they were handed in', async () => {
    const obfuscator = bcrypt('truncate', salt, 4);
    const ended: string[] = [];
    const list = (name: string, count: number) =>
      obfuscator.obfuscate(texts(count, name), signal).then(() => ended.push(name));
    await Promise.all([list('a', 30), list('b', 1), list('c', 5)]);
    expect(ended).toEqual(['a', 'b', 'c']);
    expect(begun.map((text) => text[0]).join('')).toBe(`${'a'.repeat(30)}b${'c'.repeat(5)}`);
  });

  it('end at once when they are told to, and those behind them begin', async () => {
    const stop = new AbortController();
    const obfuscator = bcrypt('truncate', salt, 2);
    const first = obfuscator.obfuscate(texts(10_000), stop.signal);
    const second = obfuscator.obfuscate(texts(3, 'b'), signal);
    const third = obfuscator.obfuscate(texts(3, 'c'), stop.signal);
    third.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort(new Error('told to stop'));
    expect((await failureOf(() => first)).message).toBe('told to stop');
    expect(await second).toHaveLength(3);
    expect((await failureOf(() => third)).message).toBe('told to stop');
    expect(begun.length).toBeLessThan(9_000);
    expect(begun.some((text) => text.startsWith('c'))).toBe(false);
  });

  it('may be empty', async () => {
    expect(await bcrypt().obfuscate([], signal)).toEqual([]);
  });
});
