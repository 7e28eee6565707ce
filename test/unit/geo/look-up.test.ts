import { describe, expect, it } from 'vitest';
import { lookUp } from '../../../src/geo/look-up.ts';
import type { ConsideredRange } from '../../../src/geo/ranges.ts';
import { readAddress } from '../../../src/geo/read-address.ts';
import type { TractIndex } from '../../../src/geo/tract-index.ts';
import { indexOf, side } from '../support/tract-indexes.ts';

/** Status and reason, and the number of the tract. */
function find(index: TractIndex, line: string): string {
  const { status, reason, geoid } = lookUp(index, readAddress(line));
  return [status, reason, ...(geoid === null ? [] : [Number(geoid.slice(5))])].join(' ');
}

const index = indexOf(
  side('60th St 53144 100:198 E', 1),
  side('60th St 53144 199:101 O', 2),
  side('60th St 53144 300:398 E', 3),
  side('60th Ave 53144 100:198 E', 9),
  // One tract from end to end, with a gap.
  side('Oak Ln 53144 1:99 O', 4),
  side('Oak Ln 53144 201:299 O', 4),
  // The same name to the north and to the south.
  side('N Main St 53144 1:99 B', 5),
  side('S Main St 53144 1:99 B', 6),
  side('S Main St 53144 101:199 B', 6),
  // A street with and without its directional on two sides of a county line.
  side('W Elm Ct 53144 2:98 E', 7),
  side('Elm Ct 53143 2:98 E', 8),
  side('Elm Ct 53143 102:198 E', 8),
  // Overlapping ranges.
  side('Ash Rd 53144 2:98 E', 10),
  side('Ash Rd 53144 50:60 E', 11),
  side('State Hwy 31 53144 1:999 B', 12),
  side('County Hwy 31 53144 2001:2999 B', 13),
  side('County Hwy 32 53144 2001:2999 B', 13),
  side('S Main St 53143 1:99 B', 5),
  side('S Main St 53143 101:199 B', 6),
  side('Elm Ct 53146 2:98 E', 8),
  side('E Elm Ct 53146 202:298 E', 9),
  side('W Elm Ct 53146 102:198 E', 9),
  side('US Hwy 12 53146 1:99 B', 15),
  side('US Hwy 12 53146 100:999 B', 16),
  side('Far Way 53199 1:99 O', 14, { isOffset: true }),
  side('Other Pl 10001 1:99 O', null, { geoid: '36061000100' }),
  side('Oak Ln 10001 1001:1099 O', null, { geoid: '36061000100' }),
  side('Border Rd 53144 100:198 E', null),
  side('Border Rd 53144 101:199 O', 17),
  side('Border Rd 53144 301:399 O', 17),
  side('Quiet St 53144 2:8 E', 15),
  side('Quiet St 53143 102:108 E', 16),
);

describe('an address', () => {
  it.each([
    ['100 60TH ST 53144', 'match number_in_range 1'],
    ['150 60 STREET, KENOSHA WI 53144-1234', 'match number_in_range 1'],
    ['101 60TH ST 53144', 'match number_in_range 2'],
    ['199 60TH ST APT 4C 53144', 'match number_in_range 2'],
    ['100 60TH AVE 53144', 'match number_in_range 9'],
    ['150A 60TH ST 53144', 'match number_in_range 1'],
    ['5 STATE ROUTE 31 53144', 'match number_in_range 12'],
  ])('is found: %s', (line, found) => {
    expect(find(index, line)).toBe(found);
  });

  it.each([
    ['the other side of a block has no range', '301 60TH ST 53144', 'out_of_range number_not_in_range'],
    ['it is beyond the last number', '9999 60TH ST 53144', 'out_of_range number_not_in_range'],
    ['it is between tracts', '250 60TH ST 53144', 'out_of_range number_not_in_range'],
    ['it is beyond a street of one tract', '301 OAK LN 53144', 'out_of_range number_not_in_range'],
    ['the ZIP has no such street', '12 PINE ST 53144', 'no_street street_not_in_zip'],
    ['only a street of another type is there', '12 OAK AVE 53144', 'no_street street_not_in_zip'],
    ['only the opposite directional is there', '12 E MAIN ST 53144', 'no_street street_not_in_zip'],
    ['a digit is missing', '100 6TH ST 53144', 'no_street street_not_in_zip'],
    ['the index has not its ZIP', '100 60TH ST 53145', 'no_street zip_not_covered'],
    ['it has no ZIP', '100 60TH ST', 'no_street no_zip'],
    ['ranges of several tracts overlap', '52 ASH RD 53144', 'ambiguous ranges_disagree'],
    ['two streets may be meant', '12 MAIN ST 53144', 'ambiguous names_disagree'],
    ['it has no number', '60TH ST 53144', 'ambiguous no_number'],
    ['it is a box', 'PO BOX 60 53144', 'not_addressable box'],
    ['it is a corner', '60TH ST & OAK LN 53144', 'not_addressable intersection'],
    ['it is empty', '', 'not_addressable empty'],
    ['its tract is in no file', '150 BORDER RD 53144', 'out_of_range tract_unknown'],
    [
      'the other side of its street has an unknown tract',
      '251 BORDER RD 53144',
      'out_of_range number_not_in_range',
    ],
    ['a number stands before that of the street', '150 6 0TH ST 53144', 'no_street street_not_in_zip'],
    [
      'it is on the extension of a street',
      '150 60TH STREET EXTENSION KENOSHA WI 53144',
      'no_street street_not_in_zip',
    ],
    ['there is no street in it', '53144', 'not_addressable no_street'],
    ['two doors may be in two tracts', '97-103 S MAIN ST 53143', 'ambiguous ranges_disagree'],
    ['one of two doors is not there', '99, 301 S MAIN ST 53144', 'out_of_range number_not_in_range'],
    [
      'another street of the name has no such number, which may be missing',
      '150 MAIN ST 53144',
      'ambiguous names_disagree',
    ],
    ['the owner of its route is not named', '2500 HWY 31 53144', 'ambiguous names_disagree'],
    [
      'the street is there without its directional, and the number is not',
      '104 E ELM CT 53146',
      'out_of_range number_not_in_range',
    ],
    ['it counts miles', '12.7 US HWY 12 53146', 'ambiguous no_number'],
  ])('is not guessed where %s: %s', (_, line, found) => {
    expect(find(index, line)).toBe(found);
  });

  it.each([
    ['in the gap of a street of one tract', '151 OAK LN 53144', 'match_street street_in_one_tract 4'],
    ['on the side without numbers', '150 OAK LN 53144', 'match_street street_in_one_tract 4'],
    ['without a number in a street of one tract', 'S MAIN ST 53144', 'match_street street_in_one_tract 6'],
    ['with a directional that the street has not', '4 E ELM CT 53143', 'match_street name_incomplete 8'],
    ['without its type', '4 W ELM 53144', 'match_street name_incomplete 7'],
    ['with its directional behind', '12 MAIN ST N 53144', 'match_street name_incomplete 5'],
    ['of a route whose owner is not named', '2500 HWY 32 53144', 'match_street name_incomplete 13'],
    ['of two doors', '101-103 S MAIN ST 53144', 'match number_in_range 6'],
    ['of two doors with a comma', '101, 103 S MAIN ST 53144', 'match number_in_range 6'],
    ['of two doors with an ampersand', '101 & 103 S MAIN ST 53144', 'match number_in_range 6'],
  ])('is found with less certainty %s: %s', (_, line, found) => {
    expect(find(index, line)).toBe(found);
  });

  describe('with the ZIP of another city of the county', () => {
    // 53181 is Twin Lakes, 53144 and 53143 are Kenosha, 53158 is Pleasant Prairie.
    const sides = [
      side('Quiet Ln 53181 1:99 O', 1),
      side('Ash St 53181 1:99 O', 1),
      side('Oak St 53144 1:99 O', 2),
      side('Ash Ave 53144 1:99 O', 3),
      side('Elm Rd 53144 1:99 O', 4),
      side('Elm Rd 53143 1:99 O', 5),
      side('Fir Rd 53158 1:99 O', 6),
      side('Ash St 53144 101:199 O', 7),
    ];
    const towns = indexOf(...sides);

    it('is found where the city agrees', () => {
      expect(find(towns, '5 OAK ST, KENOSHA WI 53181')).toBe('match_street other_zip 2');
      expect(find(towns, '5 FIR RD, PLEASANT PRAIRIE WI 53181')).toBe('match_street other_zip 6');
    });

    it.each([
      ['the city is that of the ZIP', '5 OAK ST, TWIN LAKES WI 53181'],
      ['the city is that of neither', '5 OAK ST, RACINE WI 53181'],
      ['there is no city', '5 OAK ST 53181'],
      ['it is a ZIP of the same city', '5 OAK ST, KENOSHA WI 53143'],
      ['the street is in another city', '5 FIR RD, KENOSHA WI 53181'],
      ['the type has failed', '5 ASH AVE, KENOSHA WI 53181'],
      ['the number has failed', '105 ASH ST, KENOSHA WI 53181'],
      ['two of its ZIPs have the street', '5 ELM RD, KENOSHA WI 53181'],
    ])('is not found where %s', (_, line) => {
      expect(lookUp(towns, readAddress(line)).geoid).toBeNull();
    });

    it('is not found where the ZIP reaches beyond what was built', () => {
      const border = indexOf(...sides, side('County Line Rd 53181 1:99 O', null));
      expect(find(border, '5 OAK ST, KENOSHA WI 53181')).toBe('no_street street_not_in_zip');
    });

    it('is not found by a setting that refuses it', () => {
      const finding = lookUp(towns, readAddress('5 OAK ST, KENOSHA WI 53181'), { otherZip: false });
      expect(finding).toMatchObject({ status: 'no_street', reason: 'street_not_in_zip', geoid: null });
    });
  });

  it('that is less than certain is not found by a setting that refuses it', () => {
    expect(lookUp(index, readAddress('151 OAK LN 53144'), { matchStreet: false })).toEqual({
      status: 'out_of_range',
      reason: 'less_certain',
      geoid: null,
      isOffset: false,
    });
    expect(lookUp(index, readAddress('1 OAK LN 53144'), { matchStreet: false }).status).toBe('match');
  });

  it('is not looked for in another county', () => {
    expect(find(index, '5 OTHER PL 53144')).toBe('no_street street_not_in_zip');
    expect(find(index, '1005 OAK LN 53143')).toBe('no_street street_not_in_zip');
  });

  it('in the gap of its street is disputed by the same number elsewhere in the county', () => {
    const disputed = indexOf(
      side('Oak Ln 53144 1:99 O', 4),
      side('Oak Ln 53144 201:299 O', 4),
      side('Oak Ln 53143 101:199 O', 5),
    );
    expect(find(disputed, '151 OAK LN 53144')).toBe('ambiguous other_zip');
  });

  it('says when its range lies beyond a corridor', () => {
    expect(lookUp(index, readAddress('5 FAR WAY 53199'))).toEqual({
      status: 'match',
      reason: 'number_in_range',
      geoid: '55059000014',
      isOffset: true,
    });
  });

  it('has a geoid for the statuses that find it only', () => {
    for (const line of ['52 ASH RD 53144', '9999 60TH ST 53144', '12 PINE ST 53144', 'PO BOX 1 53144'])
      expect(lookUp(index, readAddress(line)).geoid).toBeNull();
  });

  it('tells which ranges were considered', () => {
    const ranges: ConsideredRange[] = [];
    lookUp(index, readAddress('150 MAIN ST 53144'), { onRange: (range) => ranges.push(range) });
    expect(
      ranges.map(({ street, low, high, likeness, holdsNumber }) => [
        street.before,
        low,
        high,
        likeness,
        holdsNumber,
      ]),
    ).toEqual([
      ['N', 1, 99, 'loose', false],
      ['S', 1, 99, 'loose', false],
      ['S', 101, 199, 'loose', true],
    ]);
    expect(ranges[0]).toMatchObject({ zip: '53144', prefix: '', parity: 'both', geoid: '55059000005' });
  });
});

describe('a number with a hyphen', () => {
  const queens = indexOf(
    side('80th St 11372 37-02:37-98 E', 1),
    side('80th St 11372 37-01:37-99 O', 2),
    side('35th Ave 11372 8001:8099 O', 3),
    side('80th St 11375 6901:6999 O', 4),
    side('80th St 11375 69-02:69-98 E', 5),
    side('77th Rd 11375 69-02:69-98 E', 5),
    side('Main St 10001 12:14 E', 6),
    side('Main St 10001 16:20 E', 7),
    side('Main St 10001 231:231 O', 8),
    side('Main St 10001 2312:2318 E', 8),
    side('Main St 10001 2320:2330 E', 9),
  );

  it.each([
    ['37-06 80TH ST 11372', 'match number_in_range 1'],
    ['37 06 80TH ST JACKSON HEIGHTS NY 11372', 'match number_in_range 1'],
    ['3706 80TH ST 11372', 'match number_in_range 1'],
    ['37-07A 80TH ST 11372', 'match number_in_range 2'],
    ['80-15 35TH AVE 11372', 'match number_in_range 3'],
    ['8015 35TH AVE 11372', 'match number_in_range 3'],
    ['69-13 80TH ST 11375', 'match number_in_range 4'],
    ['6914 80TH ST 11375', 'match number_in_range 5'],
    ['38-06 80TH ST 11372', 'out_of_range number_not_in_range'],
    // In Jackson Heights the number has failed, so that its ZIP is not taken for wrong.
    ['69-14 80TH ST 11372', 'out_of_range number_not_in_range'],
    // The wrong ZIP of Queens, with its own hyphens.
    ['69-14 77TH RD, FOREST HILLS NY 11372', 'match_street other_zip 5'],
    // Elsewhere two doors.
    ['12-14 MAIN ST 10001', 'match number_in_range 6'],
    ['14-16 MAIN ST 10001', 'ambiguous ranges_disagree'],
    ['2312-14 MAIN ST 10001', 'match number_in_range 8'],
    ['2312-101 MAIN ST 10001', 'match number_in_range 8'],
    ['2318-20 MAIN ST 10001', 'ambiguous ranges_disagree'],
    ['231-14 MAIN ST 10001', 'out_of_range number_not_in_range'],
    ['1-214 MAIN ST 10001', 'out_of_range number_not_in_range'],
  ])('%s', (line, found) => {
    expect(find(queens, line)).toBe(found);
  });
});
