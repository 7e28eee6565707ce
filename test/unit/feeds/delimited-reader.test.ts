import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelimitedReader } from '../../../src/feeds/delimited-reader.ts';
import type { FeedRecord } from '../../../src/feeds/feed-record.ts';
import { LineCounter } from '../../../src/feeds/line-counter.ts';
import { countLines } from './count-lines.ts';

function recordsOf(...pieces: readonly string[]): FeedRecord[] {
  const reader = new DelimitedReader();
  const records: FeedRecord[] = [];
  const take = () => {
    for (let record = reader.next(); record; record = reader.next()) records.push(record);
  };
  for (const piece of pieces) {
    reader.push(piece);
    take();
  }
  reader.end();
  take();
  return records;
}

const shape = (records: readonly FeedRecord[]) =>
  records.map(({ fields, line, lines, broken }) => [line, lines, broken ?? fields.join('|')]);

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('delimited text', () => {
  it('ends a row at LF, CRLF and CR, also mixed', () => {
    expect(shape(recordsOf('a,b\r\nc,d\ne,f\rg,h\r\r\n\ni'))).toEqual([
      [1, 1, 'a|b'],
      [2, 1, 'c|d'],
      [3, 1, 'e|f'],
      [4, 1, 'g|h'],
      [5, 1, ''],
      [6, 1, ''],
      [7, 1, 'i'],
    ]);
  });

  it('keeps line ends, delimiters and doubled quotes inside quotes', () => {
    expect(shape(recordsOf('1,"a, ""b""\r\nc\rd\ne",""\n2,"""",x'))).toEqual([
      [1, 4, '1|a, "b"\r\nc\rd\ne|'],
      [5, 1, '2|"|x'],
    ]);
  });

  it.each([
    ['a quote inside of a value', 'x,Robert "Bob"\n', 1],
    ['a quote behind a number', 'x,5" Plum\n', 1],
    ['a blank before a quote', 'x, "Ed"\n', 1],
    ['text behind a closing quote', 'x,"Ada"y\n', 1],
    ['a quote that opens and swallows', 'x,"Zoe,1\ny,Cy,2\nz,"Di",3\n', 3],
  ])('is broken by %s, up to the end of that line', (_what, text, lines) => {
    expect(shape(recordsOf(`${text}a,b\n`))).toEqual([
      [1, lines, 'broken_quotes'],
      [lines + 1, 1, 'a|b'],
    ]);
  });

  it('lets no quote swallow more than 20 lines', () => {
    const rows = Array.from({ length: 150 }, (_, index) => `P${index},x`);
    const records = recordsOf(`a,"b\n${rows.join('\n')}\nc",d\ne,f\n`);
    expect(shape(records.slice(0, 2))).toEqual([
      [1, 20, 'record_too_long'],
      [21, 1, 'P19|x'],
    ]);
    expect(shape(records.slice(-2))).toEqual([
      [152, 1, 'broken_quotes'],
      [153, 1, 'e|f'],
    ]);
    expect(shape(recordsOf(`a,"${'x\n'.repeat(19)}",b`))).toEqual([[1, 20, `a|${'x\n'.repeat(19)}|b`]]);
  });

  it('gives up any row of more than 1 MiB, and goes on behind it', () => {
    const piece = 'x'.repeat(300_000);
    const pieces = Array.from({ length: 10 }, () => piece);
    expect(shape(recordsOf(...pieces, '\r', '\na,b\n'))).toEqual([
      [1, 1, 'record_too_long'],
      [2, 1, 'a|b'],
    ]);
    expect(shape(recordsOf(`1,"${piece}\n`, ...pieces, '"\na,b\n'))).toEqual([
      [1, 1, 'record_too_long'],
      [2, 1, 'record_too_long'],
      [3, 1, 'a|b'],
    ]);
    expect(shape(recordsOf(`1,"${pieces.join('')}"\na,b\n`))).toEqual([
      [1, 1, 'record_too_long'],
      [2, 1, 'a|b'],
    ]);
  });

  it('says of a quote that never closes where it opened, and that the text broke off', () => {
    expect(recordsOf('a,b\n1,"x\ny,z\n').slice(1)).toEqual([
      { fields: [], line: 2, lines: 2, broken: 'unclosed_quote', isEnded: true },
    ]);
    expect(recordsOf('a,b\n1,"x')).toMatchObject([
      { isEnded: true },
      { line: 2, lines: 1, broken: 'unclosed_quote', isEnded: false },
    ]);
  });

  it('takes no mark of an encoding or of DOS for a part of a value', () => {
    const reader = new DelimitedReader();
    reader.push('\ufeff"a",b\n\ufeff"c",d\n\u001a\ufeffe,f\u001a');
    reader.end();
    expect([reader.next(), reader.next(), reader.next(), reader.next()].map((each) => each?.fields)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
      undefined,
    ]);
    expect(reader.marks).toBe(3);
    expect(shape(recordsOf('a\n\u001a'))).toEqual([
      [1, 1, 'a'],
      [2, 1, ''],
    ]);
  });

  it('reads back all that is written by the rule', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' ', ';') });
    const written = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(field, { minLength: 2, maxLength: 4 }), lineEnd), { maxLength: 8 }),
        (rows) => {
          const text = rows.map(([fields, end]) => fields.map(written).join(',') + end).join('');
          expect(recordsOf(text).map(({ fields }) => fields)).toEqual(rows.map(([fields]) => fields));
        },
      ),
    );
  });

  it('loses no line and does not depend on where its pieces are cut, however wild it is', () => {
    const wild = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\ufeff', '\u001a', ' '),
      maxLength: 60,
    });
    fc.assert(
      fc.property(wild, fc.array(fc.nat(60), { maxLength: 5 }), (text, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        const records = recordsOf(...pieces);
        expect(records).toEqual(recordsOf(text));
        expect(records.reduce((sum, { lines }) => sum + lines, 0)).toBe(countLines(text));
        const counter = new LineCounter();
        for (const piece of pieces) counter.add(piece);
        expect(counter.lines).toBe(countLines(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
