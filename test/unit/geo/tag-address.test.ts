import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWord } from '../../../src/geo/address-features.ts';
import { type AddressLabel, addressLabels } from '../../../src/geo/address-labels.ts';
import { correctTags, mendAddress } from '../../../src/geo/address-rules.ts';
import { readModel, tagAddress, tagWith } from '../../../src/geo/tag-address.ts';
import { cpuTimeOf } from '../../support/cpu-time.ts';

/** The parts of an address by how their labels begin: number, street, unit, place, state, ZIP, box, name. */
const beginnings = [
  'AddressNumber',
  'StreetName',
  'Occupancy',
  'PlaceName',
  'StateName',
  'Zip',
  'USPSBox',
  'Recipient',
];

/** The parts in that order, `-` for one that is not there, as far as there are any. */
function partsOf(text: string): string {
  const tags = tagAddress(text);
  const parts = beginnings.map((beginning) =>
    tags
      .filter(({ label }) => label.startsWith(beginning))
      .map(({ token }) => token.replace(/,$/, ''))
      .join(' '),
  );
  return parts
    .map((part) => part || '-')
    .join(' | ')
    .replace(/(?: \| -)+$/, '');
}

/** Tags from `TOKEN/label TOKEN/label`, labels by their number in the list of labels or by name. */
const tagged = (text: string) =>
  text.split(' ').map((tag) => {
    const slash = tag.lastIndexOf('/');
    return { token: tag.slice(0, slash), label: tag.slice(slash + 1) as AddressLabel };
  });

const corrected = (text: string) =>
  correctTags(
    tagged(text),
    tagged(text).map(({ token }) => bareWord(token)),
  )
    .map(({ token, label }) => `${token}/${label}`)
    .join(' ');

describe('an address', () => {
  it('is read the same whether or not its words came before', () => {
    const weights = readFileSync(resolve(import.meta.dirname, '../../../data/address-weights.tsv'), 'utf8');
    const lines = [
      '12 MAIN ST APT 4C, ALBANY NY 12207',
      '12 Main St., Albany, NY',
      'ST MARYS AVE 7 # 2, BRONX NY',
    ];
    const used = readModel(weights);
    for (const line of [...lines, ...lines.toReversed()])
      expect(tagWith(used, line)).toEqual(tagWith(readModel(weights), line));
  });

  it('comes apart into labelled tokens', () => {
    expect(tagAddress('350 W. 88th St., Apt. #3-B, New York, NY 10024-1234')).toEqual(
      tagged(
        '350/AddressNumber W./StreetNamePreDirectional 88th/StreetName St.,/StreetNamePostType ' +
          'Apt./OccupancyType #/OccupancyIdentifier 3-B,/OccupancyIdentifier ' +
          'New/PlaceName York,/PlaceName NY/StateName 10024-1234/ZipCode',
      ),
    );
  });

  it.each([
    ['120 MAIN ST', '120 | MAIN ST'],
    ['120 Main Street, Springfield, IL 62701', '120 | Main Street | - | Springfield | IL | 62701'],
    ['4521 N Kedzie Ave Unit 2, Chicago, IL 60625', '4521 | N Kedzie Ave | Unit 2 | Chicago | IL | 60625'],
    [
      '77 Massachusetts Avenue, Cambridge, MA 02139',
      '77 | Massachusetts Avenue | - | Cambridge | MA | 02139',
    ],
    [
      '1600 Old Mill Rd NE Apt 12, Cedar Rapids, IA 52402',
      '1600 | Old Mill Rd NE | Apt 12 | Cedar Rapids | IA | 52402',
    ],
    ['2015 County Road 12, Kearney, NE 68847', '2015 | County Road 12 | - | Kearney | NE | 68847'],
    [
      '900 US Highway 1, North Palm Beach, FL 33408',
      '900 | US Highway 1 | - | North Palm Beach | FL | 33408',
    ],
    ['18 Elm Ct, West Hartford, CT 06107', '18 | Elm Ct | - | West Hartford | CT | 06107'],
    ['PO Box 417, Portland, ME 04101', '- | - | - | Portland | ME | 04101 | PO Box 417'],
    ['P.O. Box 93 Saratoga Springs NY 12866', '- | - | - | Saratoga Springs | NY | 12866 | P.O. Box 93'],
    ['55 e 10th st, new york, ny 10003', '55 | e 10th st | - | new york | ny | 10003'],
    [
      '55 EAST 10 STREET APARTMENT 6D NEW YORK NEW YORK 10003',
      '55 | EAST 10 STREET | APARTMENT 6D | NEW YORK | NEW YORK | 10003',
    ],
    ['514 WEST 134TH ST #5C NEW YORK NY 10031', '514 | WEST 134TH ST | # 5C | NEW YORK | NY | 10031'],
    ['514 W 134 ST 5C NY NY 10031', '514 | W 134 ST | 5C | NY | NY | 10031'],
    ['2675 BRIGGS AVE APT 3D BRONX NY 10458', '2675 | BRIGGS AVE | APT 3D | BRONX | NY | 10458'],
    ['980 GRAND CONCOURSE 4F BRONX NY 10451', '980 | GRAND CONCOURSE | 4F | BRONX | NY | 10451'],
    ['1 CENTRAL PARK SOUTH NEW YORK NY 10019', '1 | CENTRAL PARK SOUTH | - | NEW YORK | NY | 10019'],
    ['41 UNION SQ W STE 600 NEW YORK NY 10003', '41 | UNION SQ W | STE 600 | NEW YORK | NY | 10003'],
    [
      '425 PARK AVENUE SOUTH FL 9 NEW YORK NY 10016',
      '425 | PARK AVENUE SOUTH | FL 9 | NEW YORK | NY | 10016',
    ],
    ['3009 BROADWAY NEW YORK NY 10027', '3009 | BROADWAY | - | NEW YORK | NY | 10027'],
    ['190 BOWERY NEW YORK NY 10012', '190 | BOWERY | - | NEW YORK | NY | 10012'],
    ['88 ST NICHOLAS PL APT 22 NEW YORK NY 10032', '88 | ST NICHOLAS PL | APT 22 | NEW YORK | NY | 10032'],
    [
      '2160 ADAM CLAYTON POWELL JR BLVD 6A NEW YORK NY 10027',
      '2160 | ADAM CLAYTON POWELL JR BLVD | 6A | NEW YORK | NY | 10027',
    ],
    ['1330 FIFTH AVE 12G NEW YORK NY 10026', '1330 | FIFTH AVE | 12G | NEW YORK | NY | 10026'],
    ['10 WEST END AVE APT 9K NEW YORK NY 10023', '10 | WEST END AVE | APT 9K | NEW YORK | NY | 10023'],
    ['610 FDR DRIVE APT 4B NEW YORK NY 10009', '610 | FDR DRIVE | APT 4B | NEW YORK | NY | 10009'],
    [
      '733 AMSTERDAM AVENUE, 20TH FLOOR, NEW YORK, NY 10025',
      '733 | AMSTERDAM AVENUE | 20TH FLOOR | NEW YORK | NY | 10025',
    ],
    ['1818 NEWKIRK AVE 2ND FL BROOKLYN NY 11226', '1818 | NEWKIRK AVE | 2ND FL | BROOKLYN | NY | 11226'],
    ['1818 NEWKIRK AVE, 2 FL, BROOKLYN, NY, 11226', '1818 | NEWKIRK AVE | 2 FL | BROOKLYN | NY | 11226'],
    ['431 NEW LOTS AVE BSMT BROOKLYN NY 11207', '431 | NEW LOTS AVE | BSMT | BROOKLYN | NY | 11207'],
    [
      '212 EAST NEW YORK AVE APT 2L BROOKLYN NY 11212',
      '212 | EAST NEW YORK AVE | APT 2L | BROOKLYN | NY | 11212',
    ],
    [
      '1055 OCEAN AVE 3RD FLOOR REAR BROOKLYN NY 11226',
      '1055 | OCEAN AVE | 3RD FLOOR REAR | BROOKLYN | NY | 11226',
    ],
    ['2250 BRIGHAM ST APT PHA BROOKLYN NY 11229', '2250 | BRIGHAM ST | APT PHA | BROOKLYN | NY | 11229'],
    [
      '19 MONROE PLACE GARDEN APT BROOKLYN NY 11201',
      '19 | MONROE PLACE | GARDEN APT | BROOKLYN | NY | 11201',
    ],
    ['52-30 39TH AVE APT 2F WOODSIDE NY 11377', '52-30 | 39TH AVE | APT 2F | WOODSIDE | NY | 11377'],
    ['52-30A 39 AVE WOODSIDE, NY 11377', '52-30A | 39 AVE | - | WOODSIDE | NY | 11377'],
    [
      '143-09 BARCLAY AVE #3C FLUSHING QUEENS NY 11355',
      '143-09 | BARCLAY AVE | # 3C | FLUSHING QUEENS | NY | 11355',
    ],
    ['23-15 30TH RD ASTORIA NY 11102', '23-15 | 30TH RD | - | ASTORIA | NY | 11102'],
    ['221 BEACH 80TH ST FAR ROCKAWAY NY 11693', '221 | BEACH 80TH ST | - | FAR ROCKAWAY | NY | 11693'],
    [
      '101-22 LIBERTY AVE SOUTH OZONE PARK NY 11417',
      '101-22 | LIBERTY AVE | - | SOUTH OZONE PARK | NY | 11417',
    ],
    ['61 1/2 GROVE ST NEW YORK NY 10014', '61 1/2 | GROVE ST | - | NEW YORK | NY | 10014'],
    ['4700 ARTHUR KILL RD STATEN ISLAND NY 10309', '4700 | ARTHUR KILL RD | - | STATEN ISLAND | NY | 10309'],
    ['30 MAIN ST ROOSEVELT ISLAND NY 10044', '30 | MAIN ST | - | ROOSEVELT ISLAND | NY | 10044'],
    ['3400 WAYNE AVE RIVERDALE BRONX NY 10467', '3400 | WAYNE AVE | - | RIVERDALE BRONX | NY | 10467'],
    ['7 POST RD WHITE PLAINS NY 10601', '7 | POST RD | - | WHITE PLAINS | NY | 10601'],
    ['29 HUDSON TER YONKERS NY 10701', '29 | HUDSON TER | - | YONKERS | NY | 10701'],
    ['6412 BERGENLINE AVE WEST NEW YORK NJ 07093', '6412 | BERGENLINE AVE | - | WEST NEW YORK | NJ | 07093'],
    [
      'MARIA LOPEZ 85 POST AVE APT 5 NEW YORK NY 10034',
      '85 | POST AVE | APT 5 | NEW YORK | NY | 10034 | - | MARIA LOPEZ',
    ],
    ['APT 2 640 RIVERSIDE DR NEW YORK NY 10031', '640 | RIVERSIDE DR | APT 2 | NEW YORK | NY | 10031'],
    ['640 RIVERSIDE DR', '640 | RIVERSIDE DR'],
    ['640 RIVERSIDE DR, NEW YORK', '640 | RIVERSIDE DR | - | NEW YORK'],
    ['W 4TH ST & 6TH AVE NEW YORK NY', '- | W 4TH ST 6TH AVE | - | NEW YORK | NY'],
  ])('%s', (text, parts) => {
    expect(partsOf(text)).toBe(parts);
  });

  it('is not told by its case or its commas', () => {
    for (const text of ['1450 Ogden Ave, Apt 2B, Bronx, NY 10452', '1450 OGDEN AVE APT 2B BRONX NY 10452']) {
      expect(partsOf(text).toUpperCase()).toBe('1450 | OGDEN AVE | APT 2B | BRONX | NY | 10452');
    }
  });

  it('of a crossing has two streets and no number', () => {
    expect(tagAddress('W 112th St & Broadway')).toEqual(
      tagged(
        'W/StreetNamePreDirectional 112th/StreetName St/StreetNamePostType &/IntersectionSeparator Broadway/StreetName',
      ),
    );
  });
});

describe('what is glued or split', () => {
  it.each([
    ['640 RIVERSIDE DR APT4C', '640 RIVERSIDE DR APT 4C'],
    ['640 Riverside Dr Apt.4c', '640 Riverside Dr Apt 4c'],
    ['640 RIVERSIDE DR APTC', '640 RIVERSIDE DR APT C'],
    ['640 RIVERSIDE DR APTB12', '640 RIVERSIDE DR APT B12'],
    ['640 RIVERSIDE DR STE.200', '640 RIVERSIDE DR STE 200'],
    ['640 RIVERSIDE DR FL3', '640 RIVERSIDE DR FL 3'],
    ['640 RIVERSIDE DR 3RDFL', '640 RIVERSIDE DR 3RD FL'],
    ['640 RIVERSIDE DR 3FLR', '640 RIVERSIDE DR 3 FLR'],
    ['20WEST 53 ST', '20 WEST 53 ST'],
    ['20W 53RD ST', '20 W 53RD ST'],
    ['100BROADWAY', '100 BROADWAY'],
    ['4218 SR-83', '4218 SR 83'],
    ['100 W 42NDST', '100 W 42ND ST'],
    ['P.O.BOX12', 'P.O. BOX 12'],
    ['12 ELM ST BRONX NY10451', '12 ELM ST BRONX NY 10451'],
    ['12 ELM ST BRONX NY10451-1234', '12 ELM ST BRONX NY 10451-1234'],
    ['C / O ANA DIAZ', 'C/O ANA DIAZ'],
    ['c/ o ana diaz', 'c/o ana diaz'],
    ['  12\t\tELM  ST\n', '12 ELM ST'],
    ['12 ELM ST$APT 4$ACTON MA', '12 ELM ST, APT 4, ACTON MA'],
    ['12.5 ELM ST', '12 1/2 ELM ST'],
    ['12 & 14 ELM ST', '12, 14 ELM ST'],
    ['12 AND 14A ELM ST', '12, 14A ELM ST'],
    ['N6 W23050 ELM ST', 'N6W23050 ELM ST'],
    ['2N 417 ELM ST', '2N417 ELM ST'],
    ['2 N 417 ELM ST', '2N417 ELM ST'],
    ['1,234 ELM ST', '1 234 ELM ST'],
    ['112 - 20 68TH RD', '112-20 68TH RD'],
  ])('is mended: %s', (text, mended) => {
    expect(mendAddress(text)).toBe(mended);
  });

  it.each([
    '12 BEVERLY APTS',
    '48S 400E SALT LAKE CITY UT',
    '20 W 53 ST',
    '1ST AVE',
    '42ND ST',
    '12 STELLA ST',
    '12 UNITY PL',
    '12 FLATBUSH AVE',
    '12 ROOMER RD',
    'W156N9762 PILGRIM RD',
    '12 C/OCEAN',
    '42 & 8 AVE',
    '10 W 123 ST',
    '287 N 400 W',
    '103.7 ELM ST',
  ])('is left when it is whole: %s', (text) => {
    expect(mendAddress(text)).toBe(text);
  });

  it.each([
    '37 06 80TH ST JACKSON HEIGHTS NY 11372',
    '37 06 80TH ST JACKSON HEIGHTS',
    '37 06 80TH ST Woodside, N.Y.',
    '37 06 80TH ST, QUEENS, NEW YORK 11372',
    '37 06 80TH ST NY 11372-1234',
    '37 06 80TH ST FLORAL PARK NY 11004',
    '37 06 UNION TPKE NY 11005',
    '37 06 LAKEVILLE RD NY 11040',
    '37 06 BROADWAY NY 11103',
    '37 06 BEACH CHANNEL DR NY 11691',
    '37 06 JAMAICA AVE NY 11421',
  ])('is joined where it is a number of Queens: %s', (text) => {
    expect(mendAddress(text)).toBe(text.replace('37 06', '37-06'));
    expect(tagAddress(text)[0]).toEqual({ token: '37-06', label: 'AddressNumber' });
  });

  it.each([
    ['in Brooklyn', '37 06 80TH ST BROOKLYN NY 11209'],
    ['in Nassau', '37 06 ELM ST MINEOLA NY 11501'],
    ['with a street of that number', '37 80 ST ELMHURST NY 11373'],
    ['with a lot of three digits', '37 106 80TH ST ELMHURST NY 11373'],
    ['in another Corona', '37 06 ELM ST CORONA CA 92879'],
    ['in a street called Corona', '37 06 CORONA CT BUFFALO NY 14201'],
    ['without a street', '37 06'],
  ])('is not joined %s', (_, text) => {
    expect(mendAddress(text)).toBe(text);
  });
});

describe('the street', () => {
  it.each([
    // Where it ends, in front of a city that is known.
    ['731 5TH AVE SOUTH GREAT FALLS MT 59405', '731 | 5TH AVE SOUTH | - | GREAT FALLS | MT | 59405'],
    ['20 ELM CT SOUTH BURLINGTON VT 05403', '20 | ELM CT | - | SOUTH BURLINGTON | VT | 05403'],
    ['44 ELM ST N W ACTON XX 99999', '44 | ELM ST N W | - | ACTON | XX | 99999'],
    ['3 ELM AVE NORTHWEST NOWHERETON WA', '3 | ELM AVE NORTHWEST | - | NOWHERETON | WA'],
    ['452 ELMWOOD WESTON WY 82731', '452 | ELMWOOD | - | WESTON | WY | 82731'],
    ['17 BIRCH CIRCLE ST PETERS MO 63304', '17 | BIRCH CIRCLE | - | ST PETERS | MO | 63304'],
    ['22 OAKLEY ROAD AVENUE MD 20609', '22 | OAKLEY ROAD | - | AVENUE | MD | 20609'],
    ['8 ELM DR, WEST DES MOINES, IA 50265', '8 | ELM DR | - | WEST DES MOINES | IA | 50265'],
    ['5 OLD HIGHWAY 34, MT PLEASANT, IA 52641', '5 | OLD HIGHWAY 34 | - | MT PLEASANT | IA | 52641'],
    ['9 ELM RD, PIKE ROAD, AL 36064', '9 | ELM RD | - | PIKE ROAD | AL | 36064'],
    ['7 ELM AVE EAST, HARLEM, MT 59526', '7 | ELM AVE EAST | - | HARLEM | MT | 59526'],
    ['7 ELM LN, UPPER NOWHERETON, NJ 08501', '7 | ELM LN | - | UPPER NOWHERETON | NJ | 08501'],
    ['1600 ELM AVE, NW, WASHINGTON, DC 20500', '1600 | ELM AVE NW | - | WASHINGTON | DC | 20500'],
    [
      '60 CALLE OLMO, URB LAS FLORES, PONCE, PR 00716',
      '60 | CALLE OLMO | - | URB LAS FLORES PONCE | PR | 00716',
    ],
    // Numbers that belong to it.
    ['40 FARM ROAD 512, ACTON, MO 65734', '40 | FARM ROAD 512 | - | ACTON | MO | 65734'],
    ['40 CO RD T21, ACTON, IA 52144', '40 | CO RD T21 | - | ACTON | IA | 52144'],
    ['40 UNITED STATES HIGHWAY 12', '40 | UNITED STATES HIGHWAY 12'],
    [
      '40 BUREAU OF INDIAN AFFAIRS ROUTE 9, ACTON, ND 58329',
      '40 | BUREAU OF INDIAN AFFAIRS ROUTE 9 | - | ACTON | ND | 58329',
    ],
    ['40 PVT RD 77, ACTON, TX 75935', '40 | PVT RD 77 | - | ACTON | TX | 75935'],
    ['40 E INTERSTATE 4 ACTON TX 78577', '40 | E INTERSTATE 4 | - | ACTON | TX | 78577'],
    ['40 RED CRK TWP RD 88, NOVA, OH 44859', '40 | RED CRK TWP RD 88 | - | NOVA | OH | 44859'],
    ['1910 15 1/2 ST S, FARGO, ND 58103', '1910 | 15 1/2 ST S | - | FARGO | ND | 58103'],
    ['90 NORTH 750 WEST, PROVO, UT 84601', '90 | NORTH 750 WEST | - | PROVO | UT | 84601'],
    ['90 S 1200 E CITY OF HOLLADAY', '90 | S 1200 E | - | CITY OF HOLLADAY'],
    ['33 NORTH 12TH AVENUE PLAZA, OMAHA, NE 68022', '33 | NORTH 12TH AVENUE PLAZA | - | OMAHA | NE | 68022'],
    // Numbers of the house.
    ['94 B OLD ELM RD, ACTON, MD 21778', '94 B | OLD ELM RD | - | ACTON | MD | 21778'],
    ['94 B ST, ACTON, MD 21778', '94 | B ST | - | ACTON | MD | 21778'],
    ['81 BOULEVARD, ACTON, NJ 07604', '81 | BOULEVARD | - | ACTON | NJ | 07604'],
    ['21-30 GARAGE 118TH ST, QUEENS, NY 11356', '21-30 | 118TH ST | GARAGE | QUEENS | NY | 11356'],
  ])('is read in %s', (text, parts) => {
    expect(partsOf(text)).toBe(parts);
  });
});

describe('a rule of New York', () => {
  it.each([
    [
      'lettered avenues',
      '45/AddressNumber AVENUE/StreetName C/OccupancyIdentifier APT/OccupancyType 6/OccupancyIdentifier',
      '45/AddressNumber AVENUE/StreetNamePreType C/StreetName APT/OccupancyType 6/OccupancyIdentifier',
    ],
    [
      'lettered avenues that look like directions',
      '45/AddressNumber E/StreetNamePreDirectional AVE./StreetNamePostType N/StreetNamePostDirectional',
      '45/AddressNumber E/StreetNamePreDirectional AVE./StreetNamePreType N/StreetName',
    ],
    [
      'the Avenue of the Americas',
      '45/AddressNumber AVENUE/StreetNamePostType OF/PlaceName THE/PlaceName AMERICAS/PlaceName',
      '45/AddressNumber AVENUE/StreetNamePreType OF/StreetName THE/StreetName AMERICAS/StreetName',
    ],
    [
      'the Avenue of Americas',
      '45/AddressNumber AVE/StreetNamePostType OF/PlaceName AMERICAS/PlaceName NYC/PlaceName',
      '45/AddressNumber AVE/StreetNamePreType OF/StreetName AMERICAS/StreetName NYC/PlaceName',
    ],
    [
      'the rear',
      '45/AddressNumber ELM/StreetName ST/StreetNamePostType REAR/PlaceName',
      '45/AddressNumber ELM/StreetName ST/StreetNamePostType REAR/OccupancyIdentifier',
    ],
    [
      'the rear of a street without a type',
      '45/AddressNumber BROADWAY/StreetName REAR/StreetName',
      '45/AddressNumber BROADWAY/StreetName REAR/OccupancyIdentifier',
    ],
    [
      'the garage behind a floor',
      '2/OccupancyIdentifier FL/OccupancyType GARAGE/PlaceName BRONX/PlaceName',
      '2/OccupancyIdentifier FL/OccupancyType GARAGE/OccupancyIdentifier BRONX/PlaceName',
    ],
    [
      'the upper flat',
      '45/AddressNumber ELM/StreetName ST,/StreetNamePostType UPPER/StreetName',
      '45/AddressNumber ELM/StreetName ST,/StreetNamePostType UPPER/OccupancyIdentifier',
    ],
    [
      'extensions, which are other streets',
      '45/AddressNumber ELM/StreetName STREET/StreetNamePostType EXTENSION/PlaceName ACTON/PlaceName',
      '45/AddressNumber ELM/StreetName STREET/StreetNamePostType EXTENSION/StreetNamePostModifier ACTON/PlaceName',
    ],
    [
      'units of one letter',
      '45/AddressNumber ELM/StreetName ST/StreetNamePostType B/StreetNamePostType',
      '45/AddressNumber ELM/StreetName ST/StreetNamePostType B/OccupancyIdentifier',
    ],
    [
      'neighbourhoods',
      '251-10/AddressNumber UNION/StreetName TPKE/StreetName GLEN/StreetName OAKS/StreetNamePostType NY/StateName',
      '251-10/AddressNumber UNION/StreetName TPKE/StreetName GLEN/PlaceName OAKS/PlaceName NY/StateName',
    ],
    [
      'neighbourhoods before their borough',
      '9/AddressNumber ELM/StreetName AVE/StreetNamePostType FLATBUSH/StreetName BROOKLYN/PlaceName 11226/ZipCode',
      '9/AddressNumber ELM/StreetName AVE/StreetNamePostType FLATBUSH/PlaceName BROOKLYN/PlaceName 11226/ZipCode',
    ],
    [
      'boroughs behind a street without a type',
      '9/AddressNumber BROADWAY/StreetName BROOKLYN/StreetName NY/StateName',
      '9/AddressNumber BROADWAY/StreetName BROOKLYN/PlaceName NY/StateName',
    ],
    [
      'places behind a comma',
      '9/AddressNumber OLD/StreetName FARM,/StreetName WOODSIDE/StreetName',
      '9/AddressNumber OLD/StreetName FARM,/StreetName WOODSIDE/PlaceName',
    ],
    [
      'the longest name of a place',
      '9/AddressNumber ELM/StreetName AVE/StreetNamePostType SOUTH/StreetNamePostDirectional OZONE/StreetName PARK/PlaceName',
      '9/AddressNumber ELM/StreetName AVE/StreetNamePostType SOUTH/PlaceName OZONE/PlaceName PARK/PlaceName',
    ],
    [
      'who takes care, before the address',
      'C/O/StreetName ANA/StreetName DIAZ/StreetName 45/AddressNumber ELM/StreetName ST/StreetNamePostType',
      'C/O/Recipient ANA/Recipient DIAZ/Recipient 45/AddressNumber ELM/StreetName ST/StreetNamePostType',
    ],
    [
      'who takes care, inside the address',
      '45/AddressNumber ELM/StreetName c/o:/StreetName ANA/PlaceName DIAZ/StreetName APT/OccupancyType 4/OccupancyIdentifier',
      '45/AddressNumber ELM/StreetName c/o:/Recipient ANA/Recipient DIAZ/Recipient APT/OccupancyType 4/OccupancyIdentifier',
    ],
    [
      'who takes care, at the end',
      '45/AddressNumber ELM/StreetName C/O/StreetName ANA/StreetName DIAZ/StreetName',
      '45/AddressNumber ELM/StreetName C/O/Recipient ANA/Recipient DIAZ/Recipient',
    ],
  ])('knows %s', (_, wrong, right) => {
    expect(corrected(wrong)).toBe(right);
  });

  it.each([
    [
      'an avenue after its name',
      '45/AddressNumber PARK/StreetName AVE/StreetNamePostType S/StreetNamePostDirectional',
    ],
    ['an avenue without more', '45/AddressNumber AVENUE/StreetName'],
    ['an avenue of nothing', '45/AddressNumber AVENUE/StreetName OF/StreetName'],
    ['Front Street', '45/AddressNumber FRONT/StreetName ST/StreetNamePostType'],
    ['Lake Front', '45/AddressNumber LAKE/StreetName FRONT/StreetName'],
    ['West Front Street', '45/AddressNumber OLD/StreetName GARAGE/StreetName ST/StreetNamePostType'],
    ['a street that is called as a place', '45/AddressNumber OLD/StreetName WOODSIDE/StreetName'],
    [
      'a street of which nothing would be left',
      '45/AddressNumber LONG/StreetName ISLAND/StreetName CITY/StreetName',
    ],
    [
      'a place in the middle',
      '45/AddressNumber E/StreetNamePreDirectional BRONX/StreetName LOOP/StreetNamePostType',
    ],
    [
      'a state behind its city',
      'ELM/StreetName ST/StreetNamePostType ALBANY,/PlaceName NEW/StateName YORK/StateName',
    ],
    ['no street at all', 'BROOKLYN/Recipient NY/StateName'],
  ])('leaves %s', (_, right) => {
    expect(corrected(right)).toBe(right);
  });
});

describe('odd input', () => {
  it.each(['', ' \t\n', '.,;:!?-()', '((((', "''", '\u{1f3e0}\u{1f5fd}', '\ud800', '\u0301'])(
    'has no tokens: %j',
    (text) => {
      expect(tagAddress(text)).toEqual([]);
    },
  );

  it('keeps letters of any script and drops what stands alone', () => {
    expect(tagAddress('12 \u{1f3e0} Calle José Martí - Ünal (rear)').map(({ token }) => token)).toEqual([
      ...['12', 'Calle', 'José', 'Martí', 'Ünal', '(rear)'],
    ]);
  });

  it('reads an ampersand of HTML', () => {
    expect(tagAddress('5TH AVE &amp; 42ND ST &#38; B').map(({ token }) => token)).toEqual([
      ...['5TH', 'AVE', '&', '42ND', 'ST', '&', 'B'],
    ]);
  });

  it.each([
    'x',
    '1',
    '0',
    ' ',
    '(',
    ',',
    '.',
    '-',
    'a.',
    '1 ',
    '1-',
    'a ',
    'a-',
    'C/',
    'PO',
    'APT',
    'bronx ',
    'bronx,',
    'avenue of ',
    '\u{1f3e0}',
  ])('takes no more than its share of time when it repeats %j', (piece) => {
    const long = piece.repeat(Math.ceil(60_000 / piece.length));
    const tagAll = () => {
      for (const text of [long, `1${long}1 ELM ST`, `1 ELM ST ASTORIA${long}x`, `${long}!`]) tagAddress(text);
    };
    expect(cpuTimeOf(tagAll)).toBeLessThan(5_000);
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...[
      '37',
      '06',
      '80TH',
      'ST',
      'APT4C',
      'APT',
      '#',
      'C/O',
      'C / O',
      'AVENUE',
      'OF',
      'N',
      'REAR',
      'FRONT',
      'BRONX',
    ],
    ...[
      'GLEN OAKS',
      'NEW YORK',
      'NY',
      'NY11372',
      '11372',
      '10001-1234',
      ',',
      '(',
      ')',
      '&amp;',
      '-',
      '20WEST',
      'José',
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 20 }).map((list) => list.join(' ')),
  );

  it('is tagged with known labels, and its tokens come from what was mended in order', () => {
    fc.assert(
      fc.property(text, (any) => {
        const tags = tagAddress(any);
        expect(addressLabels).toEqual(expect.arrayContaining(tags.map(({ label }) => label)));
        const left = [...mendAddress(any)][Symbol.iterator]();
        for (const letter of tags.map(({ token }) => token).join('')) {
          expect([...untilFound(left, letter)].at(-1)).toBe(letter);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is tagged the same each time', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(tagAddress(any)).toEqual(tagAddress(any));
      }),
    );
  });
});

function* untilFound(letters: Iterator<string>, wanted: string): Generator<string> {
  for (let next = letters.next(); !next.done; next = letters.next()) {
    yield next.value;
    if (next.value === wanted) return;
  }
}

describe('the weights', () => {
  it('carry the licence of the labels that they were learned from', () => {
    const weights = readFileSync(new URL('../../../data/address-weights.tsv', import.meta.url), 'utf8');
    expect(weights).toMatch(/^# Copyright \(c\) 2014 The Atlanta Journal Constitution$/m);
    expect(weights).toMatch(
      /^# The above copyright notice and this permission notice shall be included in all copies/m,
    );
  });

  it('are refused when they are for other labels', () => {
    expect(() => readModel('# a comment\nAddressNumber\tStreetName\n')).toThrow('are for other labels');
  });
});

/** Labelled addresses that are no part of the project. */
const labelled = resolve(import.meta.dirname, '../../../../shared/reference/geo/usaddress-labeled.jsonl.gz');
const trainer = resolve(import.meta.dirname, '../../../scripts/train-addresses.js');

describe.skipIf(!existsSync(labelled))('on addresses that people have labelled, the tagger', () => {
  const train = (...options: string[]) =>
    execFileSync(process.execPath, [trainer, labelled, ...options], { encoding: 'utf8' });

  it('has the weights that its trainer writes', () => {
    expect(train('--check')).toBe('');
  });

  it('gets most numbers, streets and ZIPs right that it has not learned from', () => {
    const percent = [...train('--evaluate').matchAll(/([\d.]+) %/g)].map(([, number]) => Number(number));
    const [number = 0, both = 0, zip = 0, , bothOfFolds = 0] = percent;
    expect(number).toBeGreaterThanOrEqual(98);
    expect(both).toBeGreaterThanOrEqual(96);
    expect(zip).toBeGreaterThanOrEqual(99.5);
    expect(bothOfFolds).toBeGreaterThanOrEqual(90);
  });

  it('gets nearly all plain addresses right, none of which it has learned from', () => {
    const plain = (texts: string[]) =>
      texts
        .join('')
        .toUpperCase()
        .replace(/[^\p{L}\p{N}]/gu, '');
    const lines = gunzipSync(readFileSync(labelled))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; raw: string; tokens: [string, string][] })
      .filter(({ file }) => /us50_test|clean_osm/.test(file));
    const right = lines.filter(({ raw, tokens }) => {
      const tags = tagAddress(raw);
      return ['AddressNumber', 'StreetName', 'Zip'].every(
        (part) =>
          plain(tags.filter(({ label }) => label.startsWith(part)).map(({ token }) => token)) ===
          plain(tokens.filter(([, label]) => label.startsWith(part)).map(([token]) => token)),
      );
    });
    expect(right.length / lines.length).toBeGreaterThan(0.99);
  });
});
