import { describe, expect, it } from 'vitest';
import { firstRows } from '../../../src/poll/first-rows.ts';
import { mainStreet, noAddress, rowsOf, sierraPatron } from '../support/memory-sierra.ts';

const address = (street: string) => ({ ...mainStreet, street });

describe('the rows of a page', () => {
  it('come down to the first of each patron, in order', () => {
    const rows = [
      sierraPatron(5, { addresses: [address('a'), address('b'), address('a')] }),
      sierraPatron(3, { addresses: [] }),
      sierraPatron(55, { addresses: [address('c')] }),
      sierraPatron(4, { addresses: [noAddress, address('d')] }),
    ].flatMap((patron) => rowsOf(patron));
    expect(rows).toHaveLength(7);
    expect(firstRows(rows).map(({ id, address: { street } }) => [id, street])).toEqual([
      ['5', 'a'],
      ['3', null],
      ['55', 'c'],
      ['4', null],
    ]);
  });

  it('may be none', () => {
    expect(firstRows([])).toEqual([]);
  });
});
