import { describe, expect, it } from 'vitest';
import { printFile, printJson, printText, wrapped } from '../../../src/cli/print.ts';

/** An output that remembers, as a terminal of a width, or as a pipe. */
function outputOf(columns = 0) {
  let text = '';
  const isTTY = columns > 0;
  return { isTTY, columns, write: (piece: string) => (text += piece), text: () => text };
}

describe('a text on a terminal', () => {
  const sentence = 'Nothing was delivered, because half of the people of one group are not there any more.';

  it('breaks between words, and goes on below its beginning', () => {
    const terminal = outputOf(40);
    printText(terminal, `${sentence}\n  ${sentence}\n`);
    expect(terminal.text()).toBe(
      [
        'Nothing was delivered, because half of',
        '  the people of one group are not there',
        '  any more.',
        '  Nothing was delivered, because half of',
        '    the people of one group are not',
        '    there any more.',
        '',
      ].join('\n'),
    );
  });

  it('goes on below the last column of a table', () => {
    expect(wrapped(`ok  mail  ${sentence}`, { ...outputOf(40), columns: 60 })).toBe(
      [
        'ok  mail  Nothing was delivered, because half of the people',
        '          of one group are not there any more.',
      ].join('\n'),
    );
  });

  it('keeps a long word whole, and every character', () => {
    const path = `/srv/${'deep/'.repeat(20)}file`;
    expect(wrapped(`To file:${path}: 1 delivered.`, outputOf(40)).split('\n')).toEqual([
      'To',
      `  file:${path}:`,
      '  1 delivered.',
    ]);
    const decomposed = 'Zoe\u0308 '.repeat(30);
    const flat = wrapped(decomposed, outputOf(40)).replace(/\s+/g, ' ').trim();
    expect(flat).toBe(decomposed.normalize().trim());
  });

  it('is not wrapped where it goes to a file or a program, nor on a terminal without a width', () => {
    for (const output of [outputOf(), { ...outputOf(40), columns: 0 }]) {
      expect(wrapped(sentence, output)).toBe(sentence);
    }
  });
});

describe('what would change a terminal', () => {
  const hostile = 'a\u001b[2J\u009b1m\u202eb\u2028c\u{e0041}';

  it('is escaped in texts, and stays the same value in JSON', () => {
    const [text, json] = [outputOf(), outputOf()];
    printText(text, `${hostile}\n`);
    printJson(json, { hostile });
    expect(text.text()).toBe('a\\u001b[2J\\u009b1m\\u202eb\\u2028c\\u{e0041}\n');
    expect(json.text()).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(json.text())).toEqual({ hostile });
  });

  it('is escaped in a file that is printed on a terminal, and nowhere else', () => {
    const [terminal, pipe] = [outputOf(80), outputOf()];
    for (const output of [terminal, pipe]) printFile(output, `<a>${hostile}</a>\n<b/>\n`);
    expect(terminal.text()).toBe('<a>a\\u001b[2J\\u009b1m\\u202eb\\u2028c\\u{e0041}</a>\n<b/>\n');
    expect(pipe.text()).toBe(`<a>${hostile}</a>\n<b/>\n`);
  });
});
