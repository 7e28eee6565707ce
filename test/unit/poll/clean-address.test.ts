import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/geo/read-address.ts';
import { asWritten, cleanAddress, oneLine } from '../../../src/poll/clean-address.ts';
import { noAddress } from '../support/memory-sierra.ts';

const address = (street: string, city = 'New York', region = 'NY', postalCode = '10001') => ({
  street,
  city,
  region,
  postalCode,
});
const clean = (...parts: Parameters<typeof address>) => {
  const { street, city, region, postalCode } = cleanAddress(address(...parts));
  return [street, city, region, postalCode].join('|');
};

describe('an address as it is written', () => {
  it('has no quotes and no backslashes, and nothing else is changed', () => {
    expect(
      asWritten({ street: '1 "O\'Neil" St \\ 2', city: ' Montréal ', region: "'", postalCode: null }),
    ).toEqual({ street: '1 ONeil St  2', city: ' Montréal ', region: '', postalCode: '' });
  });

  it('is one line of its four parts, of which nothing is left when there is none', () => {
    expect(oneLine(address('1 Main St'))).toBe('1 Main St New York NY 10001');
    expect(oneLine(asWritten({ ...noAddress, street: '1 Main St', postalCode: '10001' }))).toBe(
      '1 Main St   10001',
    );
    expect(oneLine(asWritten(noAddress))).toBe('');
    expect(oneLine(asWritten({ ...noAddress, city: '""', region: ' ' }))).toBe('');
  });
});

describe('a cleaned address', () => {
  it.each([
    ['what is in order stays', address('1 Main St'), '1 Main St|New York|NY|10001'],
    ['the unit stays', address('1 Main St Apt 4B'), '1 Main St Apt 4B|New York|NY|10001'],
    [
      'the ZIP code keeps its extension',
      address('1 Main St', 'New York', 'NY', '10001-1234'),
      '1 Main St|New York|NY|10001-1234',
    ],
    ['all in one field', address('1 Main St, New York, NY 10001', '', '', ''), '1 Main St|New York|NY|10001'],
    ['a city in two fields', address('1 MAIN ST NEW', 'YORK'), '1 MAIN ST|NEW YORK|NY|10001'],
    ['a whole address twice', address('1 Main St New York NY 10001'), '1 Main St|New York|NY|10001'],
    ['a street twice', address('1 Main St 1 Main St'), '1 Main St|New York|NY|10001'],
    ['a recipient', address('c/o John Smith 1 Main St'), '1 Main St|New York|NY|10001'],
    ['a box behind the street', address('1 Main St PO Box 12'), '1 Main St|New York|NY|10001'],
    // A box alone leaves no street: what the field says is better than nothing.
    ['a box alone', address('PO Box 12'), 'PO Box 12|New York|NY|10001'],
    ['foreign letters', address('1 Rué Ström Ave', 'Zürich'), '1 Rue Strom Ave|Zurich|NY|10001'],
    ['a comma of another script', address('1 Main St，Apt 4'), '1 Main St Apt 4|New York|NY|10001'],
    ['periods and commas', address('1 Main St.,', 'New York,', 'N.Y.'), '1 Main St.|New York|NY|10001'],
    [
      'characters that no address has',
      address('1 Main St *', 'New York!', 'NY?', '10001;'),
      '1 Main St|New York|NY|10001',
    ],
    [
      'a ZIP code in the street, in another spelling',
      address('1 Main St New York NY 10001', 'New York', 'NY', '10001-1234'),
      '1 Main St|New York|NY|10001-1234',
    ],
    ['a state in the city', address('1 Main St', 'New York NY'), '1 Main St|New York|NY|10001'],
    [
      'a state in the city, with a comma',
      address('1 Main St', 'New York, NY,'),
      '1 Main St|New York|NY|10001',
    ],
    ['many blanks', address('  1   Main  St ', ' New   York '), '1 Main St|New York|NY|10001'],
  ])('%s', (_, given, expected) => {
    const { street, city, region, postalCode } = given;
    expect(clean(street, city, region, postalCode)).toBe(expected);
  });

  it.each([
    ['the side where it goes', '31 5TH AVE SW', 'ACTON', '31 5TH AVE SW|ACTON'],
    ['the side in full', '31 5TH AVE SOUTHWEST', 'NOWHERETON', '31 5TH AVE SOUTHWEST|NOWHERETON'],
    ['the side before a city that may have it', '31 5TH ST W', 'NOWHERETON', '31 5TH ST W|NOWHERETON'],
    ['the type', '12 COUNTY ROAD', 'NORTH ACTON', '12 COUNTY ROAD|NORTH ACTON'],
    ['the city', '75 ELM RD', 'MOUNTAIN NOWHERE', '75 ELM RD|MOUNTAIN NOWHERE'],
    ['the number of a road', '40 FARM ROAD 512', 'ACTON', '40 FARM ROAD 512|ACTON'],
    ['half a street', '19 15 1/2 ST S', 'ACTON', '19 15 1/2 ST S|ACTON'],
  ])('keeps %s', (_, street, city, expected) => {
    expect(clean(street, city, 'AL', '35805')).toBe(`${expected}|AL|35805`);
  });

  it('keeps its fields where it would ask about another street', () => {
    const given = address('31 5TH AVE 33 ELM ST', 'ACTON', 'AL', '35805');
    const { street } = cleanAddress(given);
    expect(readAddress(street).street).toEqual(readAddress(given.street).street);
  });

  it('keeps the parts that the line does not show', () => {
    expect(cleanAddress(address('1 Main St', 'New York', 'NY', 'ZIP 10')).postalCode).toBe('10');
    expect(cleanAddress(address('', 'Zürich', '', '')).city).toBe('Zurich');
    expect(clean('', 'New York', '', '')).toBe('|New York||');
    expect(clean('1 Main St', '', '', '')).toBe('1 Main St|||');
    expect(clean('', '', '', '')).toBe('|||');
  });

  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('1 Main St', 'Apt 4', 'New York', 'NY', '10001', 'PO Box 1', '½', '#', '&amp;', '1/2'),
  );
  const any = fc.record({ street: part, city: part, region: part, postalCode: part });

  it('has only characters that a geocoder knows, for any text that was typed', () => {
    fc.assert(
      fc.property(any, (given) => {
        const { street, city, region, postalCode } = cleanAddress(given);
        expect(street).toMatch(/^[A-Za-z0-9 #&.,;:+@/-]*$/);
        expect(`${city}${region}`).toMatch(/^[A-Za-z -]*$/);
        expect(postalCode).toMatch(/^[\d -]*$/);
        for (const text of [street, city, region, postalCode]) expect(text).toBe(text.trim());
      }),
    );
  });

  it('does not lose a city or a state of plain letters', () => {
    const word = fc.stringMatching(/^[A-Z][a-z]{2,10}$/);
    fc.assert(
      fc.property(part, word, word, (street, city, region) => {
        const cleaned = cleanAddress(address(street, city, region));
        expect([cleaned.city, cleaned.region].map((text) => text !== '')).toEqual([true, true]);
      }),
    );
  });
});
