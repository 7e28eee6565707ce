import { describe, expect, it } from 'vitest';
import { guessDialect } from '../../../src/feeds/guess-dialect.ts';

const rows = (delimiter: string, quote = '') =>
  Array.from({ length: 20 }, (_, at) =>
    ['9000000', 'Ada', `Quince, ${at}`, '12 Mill Lane; rear', '2027-05-31']
      .map((value) => `${quote}${value}${quote}`)
      .join(delimiter),
  );
const text = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;

describe('a dialect that is guessed', () => {
  it.each([
    [',', '"'],
    ['\t', ''],
    ['|', ''],
    [';', '"'],
    ['^', ''],
    ['~', ''],
  ])('has the delimiter %j, with quotes %j', (delimiter, quote) => {
    expect(guessDialect(Buffer.from(text(rows(delimiter, quote))))).toEqual({
      encoding: 'ascii',
      delimiter,
      hasQuotes: quote !== '',
      isWorkbook: false,
      width: null,
    });
  });

  it.each<[string | null, Buffer]>([
    ['utf-8', Buffer.from('a,b\nZoë,x\n')],
    ['utf-8', Buffer.from('\ufeffa,b\n1,x\n')],
    ['utf-8', Buffer.from('a,b\nZoë').subarray(0, -1)],
    ['windows-1252', Buffer.from('a,b\nZo\xeb,\x92\n', 'latin1')],
    [null, Buffer.from('a,b\nZo\xeb,\x81\n', 'latin1')],
    ['utf-16le', Buffer.from('a,b\nZoë,x\n', 'utf16le')],
    ['utf-16le', Buffer.from('\ufeffa,b\n', 'utf16le')],
    ['utf-16be', Buffer.from('a,b\nZoë,x\n', 'utf16le').swap16()],
    ['utf-16be', Buffer.from('\ufeffa,b\n', 'utf16le').swap16()],
    ['ascii', Buffer.from('')],
  ])('has the encoding %s', (encoding, bytes) => {
    expect(guessDialect(bytes).encoding).toBe(encoding);
  });

  it('may be a workbook, lines of one width, or none at all', () => {
    expect(guessDialect(Buffer.from('PK\u0003\u0004xxxx')).isWorkbook).toBe(true);
    expect(guessDialect(Buffer.from('0001Ada  S\n0002Bo   F\n0003Cy   S\n'))).toMatchObject({
      delimiter: null,
      width: 10,
    });
    expect(guessDialect(Buffer.from('a letter\nto the library\n'))).toMatchObject({
      delimiter: null,
      width: null,
    });
    expect(guessDialect(Buffer.from('no line end'))).toMatchObject({ delimiter: null, width: null });
  });
});
