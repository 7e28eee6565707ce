import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Utf8Text } from '../../../src/feeds/utf8-text.ts';
import { failureOf } from '../../support/failure.ts';

function decoded(...chunks: readonly Buffer[]): string {
  const text = new Utf8Text('people.csv');
  const all = chunks.map((chunk) => text.decode(chunk)).join('');
  text.end();
  return all;
}

const refusal = (bytes: Buffer) => failureOf((async () => decoded(bytes))());
const people = 'ID,LAST\nA1,O’Neill\nB2,Žižek\nC3,Muñoz\n';

/** The bytes of a text in Windows-1252, for the letters that are used here. */
function windows1252(text: string): Buffer {
  const own: Readonly<Record<string, number>> = { '’': 0x92, Ž: 0x8e, ž: 0x9e };
  return Buffer.from([...text].map((sign) => own[sign] ?? sign.charCodeAt(0)));
}

describe('the text of a file', () => {
  it('is the same wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, cut) => {
        const bytes = Buffer.from(`ID\n${text}`);
        expect(decoded(bytes.subarray(0, cut), bytes.subarray(cut))).toBe(bytes.toString());
      }),
    );
  });

  it.each([
    ['Windows-1252', windows1252(people), 'WINDOWS-1252'],
    ['Latin-1', Buffer.from('ID,LAST\nA1,Muñoz\n', 'latin1'), 'WINDOWS-1252'],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${people}`, 'utf16le'), 'UTF-16'],
    ['UTF-16 of the other order', Buffer.from(`\ufeff${people}`, 'utf16le').swap16(), 'UTF-16'],
    ['UTF-16 without its mark', Buffer.from(people, 'utf16le'), 'UTF-16LE'],
    ['UTF-16 of the other order without its mark', Buffer.from(people, 'utf16le').swap16(), 'UTF-16BE'],
  ])('is refused in %s, with a command that makes it right', async (_encoding, bytes, name) => {
    const { message, hint, code } = await refusal(bytes);

    expect(code).toBe('SOURCE_QUERY');
    expect(message).toContain('people.csv');
    const [, from = '', to = ''] = /iconv -f (\S+) -t (\S+) FILE > FILE\.utf8/.exec(hint) ?? [];
    expect(from).toBe(name);
    const folder = mkdtempSync(join(tmpdir(), 'patronflow-encoding-'));
    writeFileSync(join(folder, 'FILE'), bytes);
    execFileSync('sh', ['-c', `iconv -f ${from} -t ${to} FILE > FILE.utf8`], { cwd: folder });
    const converted = readFileSync(join(folder, 'FILE.utf8'), 'utf8').replace('\ufeff', '');
    rmSync(folder, { recursive: true });
    expect(people.startsWith(converted.slice(0, 11))).toBe(true);
    expect(converted).toContain('Muñoz');
    expect(decoded(Buffer.from(converted))).toBe(converted);
  });

  it('names the first line that is not UTF-8, and never what it holds', async () => {
    const { message } = await refusal(windows1252(`ID,LAST\r\nA1,Ada\r\nB2,Grace\r\nC3,Muñoz\r\n`));
    expect(message).toBe(
      'people.csv has bytes in line 4 that are not UTF-8 (byte 33 of the file); it looks like Windows-1252.',
    );
    const late = windows1252(`ID,LAST\n${'A1,Ada\n'.repeat(1_000)}B2,Muñoz\n`);
    const parts = Array.from({ length: 80 }, (_, at) => late.subarray(at * 100, at * 100 + 100));
    const { message: second } = await failureOf((async () => decoded(...parts))());
    expect(second).toContain('in line 1002 that are not UTF-8 (byte 7014 of the file)');
  });

  it('is not to be converted as a whole when a part of it is UTF-8 already', async () => {
    const mixed = Buffer.concat([Buffer.from('ID,LAST\nA1,Muñoz\n'), windows1252('B2,Muñoz\n')]);
    const { message, hint } = await refusal(mixed);
    expect(message).toContain('line 3');
    expect(hint).toContain('two encodings');
    expect(hint).not.toContain('iconv');
  });

  it('is not called Windows-1252 when it cannot be', async () => {
    const { message, hint } = await refusal(Buffer.from([0x49, 0x44, 0x0a, 0x81, 0x9a, 0x0a]));
    expect(message).not.toContain('Windows');
    expect(hint).toContain('Ask which encoding it has');
  });

  it.each([
    ['a workbook', '504b030414000600', 'Excel workbook'],
    ['an old workbook', 'd0cf11e0a1b11ae1', 'old Excel workbook'],
    ['a compressed file', '1f8b0800', 'gzip'],
    ['a file of bzip2', '425a6839314159265359a1b2', 'bzip2'],
    ['a file of xz', 'fd377a585a000004', 'xz'],
    ['a file of zstd', '28b52ffd0458', 'zstd'],
    ['a 7z file', '377abcaf271c0004', '7z'],
  ])('is told to be %s', async (_what, hex, words) => {
    expect((await refusal(Buffer.from(hex, 'hex'))).message).toContain(words);
  });

  it('may hold zero bytes in a value', () => {
    expect(decoded(Buffer.from('ID,LAST\nA\u0000,B\n'))).toBe('ID,LAST\nA\u0000,B\n');
  });

  it('that ends inside a character broke off, or is in Windows-1252 where no other character is UTF-8', async () => {
    const text = new Utf8Text('people.csv');
    text.decode(Buffer.from('ID,LAST\nA1,Muñoz é').subarray(0, -1));
    expect(text.end()).toBe(true);
    const { message } = await refusal(windows1252('ID,LAST\nA1,José'));
    expect(message).toContain('line 2');
    expect(message).toContain('Windows-1252');
  });
});
