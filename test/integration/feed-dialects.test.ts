import { describe, expect, it } from 'vitest';
import { makeFeedsJob, oneGroup } from '../support/feeds-job.ts';
import { countLines } from '../unit/feeds/count-lines.ts';
import { workbook } from '../unit/feeds/workbook/workbooks.ts';

const columns = ['PIDM', 'FIRST', 'LAST', 'EMAIL', 'ECLS', 'EXPIRES', 'ZIP'] as const;
const widths = [9, 12, 20, 30, 4, 10, 5];

const firsts = ['Zoë', 'Bob "Bo"', "D'Arcy", 'Łucja'.replace('Ł', 'L'), 'Ana-María', 'Jo'];
const lasts = ['Müller', 'Smith, Jr.', 'de la Cruz', 'O’Neil', 'Håkansson', 'Plum'];

/** People with what feeds are wrong about: accents, quotes, delimiters, leading zeros, dates. */
const people = Array.from({ length: 150 }, (_, at) => [
  String(900_000_001 + at),
  firsts[at % 6] ?? '',
  lasts[at % 5] ?? '',
  at % 7 === 0 ? '' : `p${at}@example.edu`,
  at % 3 === 0 ? 'FAC' : 'STU',
  at % 11 === 0 ? '2026-12-31' : '2027-05-31',
  String(501 + at).padStart(5, '0'),
]);

const latin = (text: string) => Buffer.from(text.replaceAll('’', '\x92'), 'latin1');
const quotedCsv = (rows: readonly (readonly string[])[]) =>
  rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n');
const xmlOf = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const serialOf = (day: string) => Date.parse(day) / 86_400_000 + 25_569;

interface Written {
  readonly file: Buffer;
  readonly format: string;
  /** The text of the file, whose lines are counted; rows where it has none. */
  readonly lines: string | number;
}

const dialects: readonly (readonly [string, () => Written | Promise<Written>])[] = [
  [
    'commas and quotes',
    () => {
      const text = `${quotedCsv([columns, ...people])}\r\n`;
      return { file: Buffer.from(text), format: '{}', lines: text };
    },
  ],
  [
    'pipes without quotes and header, with a trailer',
    () => {
      const rows = people.map((row) => row.join('|'));
      const text = `${[...rows, '', `TRAILER|${people.length}|20260301`].join('\n')}\n`;
      const format = `{ delimiter: "|", quote: none, header: [${columns.join(', ')}], trailer: "TRAILER|{count}|*" }`;
      return { file: Buffer.from(text), format, lines: text };
    },
  ],
  [
    'tabs, put together from two files with a header each',
    () => {
      const half = (from: number, to: number) =>
        [columns, ...people.slice(from, to)].map((row) => row.join('\t')).join('\n');
      const text = `${half(0, 70)}\n\ufeff${half(70, 150)}`;
      return { file: Buffer.from(text), format: '{ delimiter: tab, quote: none }', lines: text };
    },
  ],
  [
    'semicolons in Windows-1252, under a title and with comments',
    () => {
      const rows = people.map((row) => row.map((value) => `'${value.replaceAll("'", "''")}'`).join(';'));
      rows.splice(40, 0, '# a remark; of a person', '#');
      const text = ['People of the college', '', columns.join(';'), ...rows].join('\r\n');
      const format = `{ delimiter: ";", quote: "'", encoding: windows-1252, skip_lines: 2, comment: "#" }`;
      return { file: latin(text), format, lines: text };
    },
  ],
  [
    'fixed widths',
    () => {
      const rows = people.map((row) => row.map((value, at) => value.padEnd(widths[at] ?? 0)).join(''));
      const text = `${[...rows, `TRL${String(people.length).padStart(8, '0')}`.padEnd(90)].join('\n')}\n`;
      let first = 1;
      const positions = columns.map((name, at) => {
        const last = first + (widths[at] ?? 0) - 1;
        const position = `${name}: ${first}-${last}`;
        first = last + 1;
        return position;
      });
      const format = `{ positions: { ${positions.join(', ')} }, trailer: "TRL{count}" }`;
      return { file: Buffer.from(text), format, lines: text };
    },
  ],
  [
    'UTF-16 with a mark',
    () => {
      const text = `\ufeff${[columns, ...people].map((row) => row.join('\t')).join('\r\n')}\r\n`;
      const format = '{ delimiter: tab, quote: none, encoding: utf-16le }';
      return { file: Buffer.from(text, 'utf16le'), format, lines: text };
    },
  ],
  [
    'a workbook',
    async () => {
      const shared = [...firsts, ...lasts, 'FAC', 'STU'];
      const cellsOf = ([id, first, last, email, group, day, zip]: readonly string[]) =>
        [
          `<c><v>${id}</v></c>`,
          `<c t="s"><v>${shared.indexOf(first ?? '')}</v></c>`,
          `<c t="s"><v>${shared.indexOf(last ?? '')}</v></c>`,
          email === '' ? '<c/>' : `<c t="inlineStr"><is><t>${email}</t></is></c>`,
          `<c t="s"><v>${shared.indexOf(group ?? '')}</v></c>`,
          `<c s="1"><v>${serialOf(day ?? '')}</v></c>`,
          `<c s="2"><v>${Number(zip)}</v></c>`,
        ].join('');
      const names = columns.map((name) => `<c t="str"><v>${name}</v></c>`).join('');
      const file = await workbook({
        rows: {
          Notes: '',
          People: [names, ...people.map(cellsOf)].map((cells) => `<row>${cells}</row>`).join(''),
        },
        strings: shared.map((text) => `<si><t>${xmlOf(text)}</t></si>`).join(''),
        formats: [14, '00000'],
      });
      return { file, format: '{ sheet: People }', lines: people.length + 1 };
    },
  ],
];

const now = ['--now', '2026-03-01T12:00:00Z'];

describe('one population', () => {
  let first: string | null = null;

  it.each(dialects)('gives the same users in %s', async (_what, write) => {
    const { file, format, lines } = await write();
    const job = await makeFeedsJob();
    const table = `tables: { people: { file: "PEOPLE.*", person: PIDM, format: ${format} } }`;
    await job.bring('PEOPLE.dat', file);

    await job.configure(table.replace(' person: PIDM,', ''), oneGroup);
    const direct = await job.load('--json', '--out', 'direct', ...now);
    await job.configure(
      table,
      'groups:',
      '  - name: people',
      '    query: SELECT * FROM people',
      '    person: PIDM',
      '    template: user.xml',
    );
    const staged = await job.load('--json', '--out', 'staged', ...now);

    expect(direct.code, direct.stdout).toBe(0);
    expect(staged.code, staged.stdout).toBe(0);
    const { people: xml = '' } = await job.xml('direct');
    expect(await job.xml('staged')).toEqual({ people: xml });
    first ??= xml;
    expect(xml).toBe(first);
    expect(xml.match(/<user>/g)).toHaveLength(people.length);
    for (const part of [
      'Zoë',
      'Bob "Bo"',
      'Smith, Jr.',
      'O’Neil',
      '<job_description>00501</job_description>',
      '2027-05-31',
    ])
      expect(xml).toContain(part);

    const counted = typeof lines === 'number' ? lines : countLines(lines);
    for (const books of [
      JSON.parse(direct.stdout).groups[0].file,
      JSON.parse(staged.stdout).tables[0].file,
    ]) {
      expect(books.lines).toBe(counted);
      expect(books.header + books.rows + books.blank + books.skipped + books.unreadable).toBe(counted);
      expect(books).toMatchObject({ rows: people.length, records: people.length, unreadable: 0 });
    }
    expect(JSON.parse(staged.stdout).tables[0].people).toEqual({ all: people.length, inNoGroup: 0 });
  });
});
