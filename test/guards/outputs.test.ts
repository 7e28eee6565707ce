import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../../src');

/** `print.ts` makes every line safe that it prints, and the process edge flushes. */
const mayWrite = ['cli/print.ts', 'cli/start.ts'];

function violationsOf(file: string, text: string): string[] {
  const writes = /\b(?:stdout|stderr)\.write\(|\bconsole\.\w+\(/.test(text) && !mayWrite.includes(file);
  // A foreign line break in one of the lines would make two.
  const joins = /^(?:cli|report)\//.test(file) && /\blines\.join\('\\n'\)\}\\n/.test(text);
  return [
    ...(writes ? [`${file} writes by itself`] : []),
    ...(joins ? [`${file} joins lines by itself`] : []),
  ];
}

describe('the source', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.c?ts$/.test(name),
  );

  it('prints by way of print.ts, and makes texts of lines by safeLines', () => {
    const found = files.flatMap((file) => violationsOf(file, readFileSync(join(source, file), 'utf8')));
    expect(found).toEqual([]);
  });

  it.each([
    ['cli/check.ts', 'context.stdout.write(text)'],
    ['adapters/mail/smtp.ts', "console.warn('x')"],
    ['report/load-text.ts', 'return `${lines.join(' + "'\\n'" + ')}\\n`;'],
  ])('may not write by itself: %s', (file, text) => {
    expect(violationsOf(file, text)).toHaveLength(1);
  });
});
