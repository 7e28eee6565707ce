import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';

const surnames = ['LEE', 'KIM', 'NG'];
const nicknames = ['BUDDY', 'SKIP', 'TINY'];
const cities = ['Avonlea', 'Brigadoon', 'Oz'];
const pick = (values: readonly string[], at: number) => values[at % values.length] ?? '';

/** All that init writes for a file, in one text. */
async function writtenFor(header: string, rows: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'people.csv'), `${[header, ...rows].join('\n')}\n`);
  const { code } = await run(['init', 'load', 'out', '--from', 'people.csv'], {
    workingDirectory: directory,
  });
  expect(code).toBe(0);
  const names = await readdir(join(directory, 'out'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, 'out', name), 'utf8')));
  return texts.join('\n');
}

const personal = new RegExp(`\\b(${[...surnames, ...nicknames, ...cities].join('|')})\\b`);

describe('init load --from', () => {
  it('lists codes of a group, and no surname, nickname or city that repeats', async () => {
    const rows = Array.from({ length: 300 }, (_, at) =>
      [
        1000 + at * 7,
        pick(surnames, at),
        pick(nicknames, at),
        pick(cities, at),
        pick(['F9', 'ST'], at),
      ].join(),
    );
    const text = await writtenFor('EMPLID,X7,NICKNAME,CITY,ECLS', rows);
    expect(text).toContain('F9,F9');
    expect(text).not.toMatch(personal);
  });

  it('lists no value of a column that says nothing by its name', async () => {
    const rows = Array.from({ length: 300 }, (_, at) => `${1000 + at * 7},${pick(surnames, at)}`);
    expect(await writtenFor('EMPLID,X7', rows)).not.toMatch(personal);
  });

  it('lists nothing of a small file, where names are few', async () => {
    const rows = Array.from(
      { length: 12 },
      (_, at) => `${1000 + at * 7},${pick(nicknames, at)},${pick(surnames, at)}`,
    );
    expect(await writtenFor('EMPLID,LAST_NAME,X7', rows)).not.toMatch(personal);
  });
});
