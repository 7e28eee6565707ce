import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStreetName } from '../../../src/geo/street-name.ts';
import { directionals, streetTypes } from '../../../src/geo/street-words.ts';

/** `before|name|type|after` */
function read(text: string): string {
  const street = readStreetName(text);
  return street ? [street.before, street.name, street.type, street.after].join('|') : '-';
}

describe('the name of a street', () => {
  it.each([
    ['|60|ST|', ['60th St', '60 ST', '60TH STREET', '60 th st.', 'Sixtieth Street']],
    ['|42|ST|', ['42nd St', 'FORTY SECOND ST', 'FORTY-SECOND ST', 'Fortysecond St', '42 ND ST']],
    ['S|SHERIDAN|RD|', ['S Sheridan Rd', 'SO. SHERIDAN ROAD', 'South Sheridan Rd.']],
    ['NW|5|ST|', ['NW 5th St', 'N.W. 5th St', 'NORTH WEST FIFTH ST', 'Northwest 5 St']],
    ['|MAIN|ST|NW', ['Main St NW', 'MAIN ST N W', 'Main Street Northwest']],
    ['|STJOHNS|PL|', ['St Johns Pl', "Saint John's Place", "ST. JOHN'S PL"]],
    ['|DEKALB|AVE|', ['De Kalb Ave', 'DEKALB AVENUE', 'Dekalb Av']],
    [
      '|MLK|BLVD|',
      ['Dr Martin Luther King Jr Blvd', 'MARTIN LUTHER KING BLVD', 'M.L.K. Blvd', 'MLK Jr Blvd'],
    ],
    ['|C|AVE|', ['Avenue C', 'AVE C', 'Av. C']],
    ['|S|AVE|', ['Avenue S', 'AVE S']],
    ['|OFAMERICAS|AVE|', ['Avenue of the Americas', 'AVE OF AMERICAS']],
    ['|CENTRAL|PARK|W', ['Central Park W', 'CENTRAL PARK WEST']],
    ['|PARK|AVE|S', ['Park Ave S', 'Park Avenue South']],
    ['|BCH121|ST|', ['Beach 121st St', 'BCH 121 ST']],
    ['|MAINST|EXT|', ['Main St Ext', 'MAIN STREET EXTENSION']],
    ['|LKVIEW|DR|', ['Lake View Dr', 'LK VIEW DRIVE']],
    ['|KR|RTE|', ['Hwy KR', 'HIGHWAY KR']],
    ['|7MILE|RD|', ['7 Mile Rd', 'Seven Mile Road']],
    ['|ESPLANADE||', ['The Esplanade', 'ESPLANADE']],
    ['|CANON|RD|', ['Cañon Rd', 'CANON RD']],
    [
      '|31|ST RTE|',
      ['State Hwy 31', 'STATE ROUTE 31', 'ST RD 31', 'STH 31', 'SR-31', 'WI 31', 'NY-31', 'VT ROUTE 31'],
    ],
    ['|41|US RTE|', ['US Hwy 41', 'U.S. 41', 'US ROUTE 41', 'USH 41']],
    ['|KR|CO RTE|', ['County Hwy KR', 'CTH KR', 'COUNTY ROAD KR', 'Co Rd KR', 'CR KR']],
    ['|94|I|', ['I- 94', 'Interstate 94', 'I-94']],
    ['|31|RTE|S', ['Hwy 31 S', 'HIGHWAY 31 SOUTH', 'RT 31 S']],
    ['|9W|RTE|', ['Route 9W', 'RTE 9W']],
    ['|OLD41|US RTE|', ['Old US Hwy 41', 'OLD U.S. 41']],
    ['|1960|FM|', ['FM 1960', 'Farm to Market Rd 1960', 'F M 1960', 'FM RD 1960']],
    ['|512|FM|', ['Farm Rd 512', 'FARM ROAD 512', 'FR 512', 'Ranch Rd 512', 'RANCH ROAD 512', 'RM 512']],
    ['|T21|CO RTE|', ['Co Rd T21', 'COUNTY ROAD T21', 'CR T21', 'C R T21', 'COUNTY T21']],
    ['|9|BIA RTE|', ['BIA Rte 9', 'BIA RT 9', 'Bureau of Indian Affairs Route 9', 'INDIAN SERVICE ROUTE 9']],
    ['|77|PVT RTE|', ['Private Rd 77', 'PVT RD 77', 'PRIVATE DRIVE 77']],
    ['|1604|LOOP RTE|E', ['State Loop 1604 E', 'LOOP 1604 EAST', 'LP 1604 E']],
    ['|2|ST RTE|', ['Carr 2', 'CARRETERA 2', 'CARR PR-2', 'STATE RD 2', 'MISSOURI STATE HIGHWAY 2']],
    ['|12|US RTE|NE', ['US Hwy 12 NE', 'U.S. 12 NORTHEAST', 'US ROUTE 12 N E']],
    ['|BUS20|RTE|', ['Business 20', 'HWY 20 BUS', 'HIGHWAY 20 BUSINESS']],
    ['|68|RTE|', ['Hwy 68', '68 HIGHWAY']],
    ['|DD|ST RTE|', ['State Hwy DD', 'STATE ROUTE DD']],
    ['E|400||S', ['E 400 S', 'EAST 400 SOUTH', 'E 400 SO']],
    ['|CALLELUNA||', ['Calle Luna', 'CALLE DE LA LUNA', 'Calle la Luna']],
    ['|PONCEDELEON|AVE|', ['Ave Ponce de León', 'AVENIDA PONCE DE LEON']],
    ['|SOUTH|AVE|N', ['South Ave N', 'S AVE N', 'SOUTH AVENUE NORTH']],
    ['|BOULEVARD||', ['Blvd', 'BOULEVARD']],
    ['|MCGEERD|EXT|', ['McGee Rd Exn', 'MCGEE ROAD EXTENSION']],
    ['|38-1/2|AVE|S', ['38 1/2 Ave S', '38 1/2 AVENUE SOUTH']],
  ])('%s is the same however it is written', (street, spellings) => {
    expect(spellings.map(read)).toEqual(spellings.map(() => street));
  });

  it.each([
    ['60th St', '60th Ave'],
    ['60th St', '6th St'],
    ['N Main St', 'S Main St'],
    ['Park Ave', 'Parks Ave'],
    ['N St', 'North St'],
    ['50th Ave', 'Avenue 50'],
    ['State Hwy 5', 'County Hwy 5'],
    ['State Hwy 5', '5th St'],
    ['Avenue A', 'A St'],
    ['Lake Dr', 'Lakes Dr'],
    ['Main St', 'Main Rd'],
    ['Hwy 9 W', 'Hwy 9W'],
    ['28 8th Ave', '288th Ave'],
    ['Main St', 'Main St Ext'],
    ['Hwy St', 'Hwy KR'],
    // The directional of a quarter is one word, which takes no other along.
    ['Calle del Olmo NE', 'Calle del Rio NE'],
    ['SW Oak Hollow Dr', 'SW Pine Hollow Dr'],
    ['10th Ave NE', '10th Ave Cir NE'],
    ['Old Mill Rd NE', 'Old Mill Ct NE'],
    ['NE Elm St', 'NE Ash St'],
    ['Southwest Elm Ct', 'Southwest Ash Ct'],
    ['Elm Park NW', 'Ash Park NW'],
    ['38 1/2 Ave S', '38th Ave S'],
    ['Farm Rd', 'Farm Rd 512'],
    ['E Ave NW', 'East Ave NW'],
    ['State Hwy 2', 'State Loop 2'],
    ['County St', 'Co Rd St'],
  ])('%s is not %s', (one, other) => {
    expect(read(one)).not.toBe(read(other));
  });

  it.each([
    ['North Ave', '|NORTH|AVE|'],
    ['E St NW', '|E|ST|NW'],
    ['Avenue Rd', '|AVENUE|RD|'],
    ['Court St', '|COURT|ST|'],
    ['State St', '|STATE|ST|'],
    ['State Rd N', '|STATE|RD|N'],
    ['Broadway', '|BROADWAY||'],
    ['St', '|ST||'],
    ['W', '|W||'],
    ['Main', '|MAIN||'],
  ])('%s keeps a name', (text, street) => {
    expect(read(text)).toBe(street);
  });

  it.each(['', '  ', '.,-', "'"])('is not in %j', (text) => {
    expect(readStreetName(text)).toBeNull();
  });

  it('is the same with every spelling of its type and directional', () => {
    const words = (table: ReadonlyMap<string, string>) => fc.constantFrom(...table);
    fc.assert(
      fc.property(words(streetTypes), words(directionals), ([word, type], [side, directional]) => {
        expect(read(`${side} Zebra ${word}`)).toBe(`${directional}|ZEBRA|${type}|`);
        expect(read(`zebra ${word.toLowerCase()}. ${side}`)).toBe(`|ZEBRA|${type}|${directional}`);
      }),
    );
  });

  it('is read from any text, and blanks and case do not matter', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(read(` ${text.toLowerCase().toUpperCase()}  `)).toBe(read(text.toLowerCase().toUpperCase()));
      }),
    );
  });
});
