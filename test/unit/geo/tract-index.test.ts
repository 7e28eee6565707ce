import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockSide } from '../../../src/geo/build-index.ts';
import { lookUp } from '../../../src/geo/look-up.ts';
import { readAddress } from '../../../src/geo/read-address.ts';
import { openTractIndex, readTractIndex } from '../../../src/geo/read-index.ts';
import type { TractIndex } from '../../../src/geo/tract-index.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { bytesOf, indexOf, side } from '../support/tract-indexes.ts';

const sides = [
  side('60th St 53144 100:198 E', 1),
  side('60th St 53144 101:199 O', 2),
  side('80th St 11372 37-02:37-98 E', null, { geoid: '36081028500' }),
  side('N6W Rd 53144 N6W100:N6W198 E', 3),
  side('Oak Ln 53143 1:9 O', 4),
];

describe('an index', () => {
  it('has the same bytes for any order of the sides, and holds each once', () => {
    const bytes = bytesOf(sides);
    expect(bytesOf([...sides, ...sides].reverse()).equals(bytes)).toBe(true);
    expect(bytesOf(sides.slice(1)).equals(bytes)).toBe(false);
  });

  it('says what it was made of', () => {
    expect(indexOf(...sides).about).toEqual({
      tiger: ['2024'],
      tracts: '2020',
      counties: ['36081', '55059'],
      ranges: 5,
    });
  });

  it('takes 14 bytes a side, and what its names take', () => {
    const many = Array.from({ length: 5000 }, (_, n) =>
      side(`60th St 53144 ${n * 100}:${n * 100 + 98} E`, n % 40),
    );
    const few = bytesOf(many.slice(0, 1)).length;
    expect((bytesOf(many).length - few) / 4999).toBeLessThan(15);
  });

  it('may be empty', () => {
    expect(indexOf().about).toMatchObject({ counties: [], ranges: 0 });
  });

  it('finds in any set of ranges what a search through all of them finds', () => {
    const number = fc.integer({ min: 1, max: 40 });
    const sideOf = fc.record({
      street: fc.constantFrom('A St', 'B St', 'AB St', 'A Ave', 'Ba St'),
      zip: fc.constantFrom('10001', '10002', '99998'),
      from: number,
      blocks: fc.integer({ min: 0, max: 10 }),
      tract: fc.integer({ min: 1, max: 3 }),
    });
    const address = fc.record({
      street: fc.constantFrom('A St', 'B St', 'AB St', 'Ba St'),
      zip: fc.constantFrom('10001', '10002', '99998'),
      number,
    });
    fc.assert(
      fc.property(fc.array(sideOf, { maxLength: 30 }), address, (ranges, asked) => {
        const blockSides = ranges.map(
          ({ street, zip, from, blocks, tract }): BlockSide =>
            side(`${street} ${zip} ${from}:${from + 2 * blocks} `, tract),
        );
        const holding = ranges.filter(
          ({ street, zip, from, blocks }) =>
            street === asked.street &&
            zip === asked.zip &&
            from <= asked.number &&
            asked.number <= from + 2 * blocks &&
            (asked.number - from) % 2 === 0,
        );
        const tracts = new Set(holding.map(({ tract }) => tract));
        const [before = '', type = ''] = asked.street.split(' ');
        const { status, geoid } = lookUp(indexOf(...blockSides), {
          number: { prefix: '', digits: String(asked.number) },
          street: { name: before.toUpperCase(), before: '', type: type.toUpperCase(), after: '' },
          zip: asked.zip,
          problem: null,
        });
        expect(status === 'match').toBe(tracts.size === 1);
        if (status === 'match') expect(tracts.has(Number(geoid?.slice(5)))).toBe(true);
        if (tracts.size > 1) expect(status).toBe('ambiguous');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a file that is no index', () => {
  const read = (bytes: Uint8Array) =>
    failureOf((async () => readTractIndex(new Uint8Array(bytes), 'here.tracts'))());

  it('is refused with a word on what to do', async () => {
    const error = await read(Buffer.from('id,name\n'));
    expect(error).toMatchObject({
      code: 'INDEX_UNREADABLE',
      message: 'here.tracts is not an index of tracts.',
    });
    expect(error.hint).toContain('patronflow geo build');
  });

  it('is refused when it is of another version', async () => {
    const bytes = bytesOf(sides);
    bytes.writeUInt32LE(7, 12);
    expect((await read(bytes)).message).toContain('has format 7');
  });

  it('is refused wherever a byte is another, or the end is missing', async () => {
    const bytes = bytesOf(sides);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(23), fc.nat(bytes.length - 1)),
        fc.integer({ min: 1, max: 255 }),
        async (place, change) => {
          const damaged = Buffer.from(bytes);
          damaged[place] = (damaged[place] ?? 0) ^ change;
          expect(await read(damaged)).toMatchObject({ code: 'INDEX_UNREADABLE' });
          expect(await read(bytes.subarray(0, place))).toMatchObject({ code: 'INDEX_UNREADABLE' });
        },
      ),
    );
  });

  it('is refused, or searched, with any content behind a correct checksum', async () => {
    const bytes = bytesOf(sides);
    for (let place = 12; place < bytes.length; place += 1) {
      for (const value of [0, 0x39, 0x7d, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[place] = value;
        changed.writeUInt32LE(crc32(changed.subarray(12)), 8);
        let index: TractIndex;
        try {
          index = readTractIndex(new Uint8Array(changed), 'here.tracts');
        } catch (error) {
          expect(error).toMatchObject({ code: place < 16 ? expect.any(String) : 'INDEX_UNREADABLE' });
          continue;
        }
        for (const line of ['150 60TH ST 53144', '60TH 53143', '9 OAK LN 53144'])
          lookUp(index, readAddress(line));
      }
    }
  });

  it('is refused when it cannot be read', async () => {
    const directory = await temporaryDirectory();
    expect(await failureOf(openTractIndex(join(directory, 'none')))).toMatchObject({
      code: 'INDEX_UNREADABLE',
    });
    expect(await failureOf(openTractIndex(directory))).toMatchObject({ code: 'INDEX_UNREADABLE' });
    await writeFile(join(directory, 'good'), bytesOf(sides));
    expect((await openTractIndex(join(directory, 'good'))).about.ranges).toBe(5);
  });
});
