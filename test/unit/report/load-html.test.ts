import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../../src/load/load-report.ts';
import { sourceOf } from '../../../src/report/html.ts';
import { loadHtml } from '../../../src/report/load-html.ts';
import { loadText } from '../../../src/report/load-text.ts';
import { change, counted } from '../../../src/report/words.ts';
import { figure, fullLoadReport, groupLedger, groupReport } from '../support/load-reports.ts';
import { all, headings, readPage, rowsUnder, textOf } from '../support/read-page.ts';

const pageOf = (report: LoadReport) => sourceOf(loadHtml(report));

describe('the report of a load as a page', () => {
  it('puts first what needs a person', () => {
    const stopped = figure('column barcode', 900, 0, { stops: true });
    const error = {
      code: 'GUARD_STOPPED',
      kind: 'guard',
      message: 'The run looks wrong.',
      hint: 'Ask.',
    } as const;
    const report = fullLoadReport({ outcome: 'held', error, guard: [stopped] });
    expect(headings(pageOf(report))).toEqual([
      'What the guard saw',
      'Warnings',
      'People',
      'Compared with the last delivery',
      'Codes',
      'Files',
      'Rejected rows',
      'Duplicates',
      'Time',
    ]);
    expect(rowsUnder('What the guard saw', pageOf(report))).toEqual([
      ['staff', 'column barcode', '900', '0', '−900 (−100 %)'],
    ]);
    expect(pageOf(report)).toContain(`<p class="outcome bad">STOPPED BY THE GUARD: nothing was delivered.</p>
<p class="message">The run looks wrong.</p>
<p><strong>What to do:</strong> Ask.</p>
<p class="note">Error code <code>GUARD_STOPPED</code></p>`);
    expect(headings(pageOf({ ...report, acceptedDrop: true, error: null }))[0]).toBe(
      'Drops that were accepted',
    );
  });

  it('shows the books of each group beside last time', () => {
    expect(rowsUnder('People', pageOf(fullLoadReport()))).toEqual([
      ['staff', '1,020', '1,010', '1', '9', '1,000', '+10 (+1.0 %)'],
      ['student read for precedence only', '3', '0', '1', '2', '–', '–'],
    ]);
  });

  it('shows what changed more than the number of people, largest difference first, and counts the rest', () => {
    expect(rowsUnder('Compared with the last delivery', pageOf(fullLoadReport()))).toEqual([
      ['staff', 'user_group STAFF', '20', '20', '0', '−20 (−100 %)'],
      ['staff', 'column title', '40', '40', '30', '−10 (−25 %)'],
    ]);
    expect(pageOf(fullLoadReport())).toContain('2 figures of columns, elements and codes are as expected.');
    const guard = Array.from({ length: 12 }, (_, index) => figure(`column ${index}`, 100, 110 + index));
    const rows = rowsUnder('Compared with the last delivery', pageOf(fullLoadReport({ guard })));
    expect([rows.length, rows[0]?.[1], rows[9]?.[1]]).toEqual([10, 'column 11', 'column 2']);
    expect(pageOf(fullLoadReport({ guard }))).toContain('2 smaller changes were left out here.');
  });

  it('shows nothing where everything grew with the people', () => {
    const grown = Array.from({ length: 30 }, (_, index) =>
      figure(`column ${index}`, 10_000, 10_104, { expected: 10_100 }),
    );
    const report = fullLoadReport({ guard: grown });
    expect(rowsUnder('Compared with the last delivery', pageOf(report))).toEqual([]);
    expect(loadText(report)).not.toContain('Compared with the last delivery');
  });

  it('says what besides the rows was not the same last time', () => {
    expect(pageOf(fullLoadReport())).toContain(
      '<li>staff: changed since the last delivery: the template.</li>',
    );
    expect(loadText(fullLoadReport())).toContain('  changed since the last delivery: the template\n');
  });

  it('counts the users with each code', () => {
    expect(rowsUnder('Codes', pageOf(fullLoadReport()))).toEqual([
      ['user_group', 'FACULTY', '590', '600'],
      ['user_group', '(others)', '0', '410'],
      ['user_group', 'STAFF', '20', '0'],
    ]);
    expect(loadText(fullLoadReport())).toContain('  user_group: FACULTY 600, (others) 410, STAFF 0\n');
  });

  it('tells a figure by what it is compared with', () => {
    const guard = [
      figure('users', 500, 328, { stops: true, against: 'earlier' }),
      figure('rows', 20, 20, { stops: true, against: 'same rows' }),
    ];
    const report = fullLoadReport({ guard });
    expect(rowsUnder('What the guard saw', pageOf(report)).map(([, what]) => what)).toEqual([
      'users, against the best of the last 7 deliveries',
      'rows, all the same as at the last delivery',
    ]);
    expect(loadText(report)).toContain(
      '  staff: users, up to 500 in the last 7 deliveries, 328 now\n  staff: all 20 rows are the same as at the last delivery\n',
    );
  });

  it('has nothing to compare the first run with, and says so', () => {
    const first = fullLoadReport({ groups: [groupReport('staff')] });
    expect(pageOf(first)).toContain('The first run: there is nothing to compare it with.');
  });

  it('names the elements that are to blame, and the identifiers that were left out', () => {
    const blamed = { missing_required: { last_name: 2, primary_id: 1000 } };
    const books = {
      read: 1002,
      written: 0,
      unchanged: 0,
      duplicate: 0,
      skipped: 0,
      rejected: 1002,
      reasons: { missing_required: 1002 },
    };
    const element = 'user_identifiers/user_identifier[Barcode]/value';
    const leftOut = [{ place: { group: 'staff', row: 3 }, element, owner: { group: 'guest', row: 4 } }];
    const report = fullLoadReport({ groups: [groupReport('staff', { books, blamed, leftOut })] });
    for (const shown of [textOf(readPage(pageOf(report))), loadText(report)]) {
      expect(shown).toContain('came out empty (primary_id 1,000×, last_name 2×)');
      expect(shown).toContain(`staff, row 3: ${element} is the primary id of guest, row 4`);
    }
  });

  it('tells for each reason which rows it befell', () => {
    expect(rowsUnder('Rejected rows', pageOf(fullLoadReport()))).toEqual([
      ['staff', '2 rejected: no value in the column that identifies a personrows 3, 8'],
      [
        'staff',
        '5 rejected: an identifier that another person of this run hasfirst: staff, row 2; rows 1, 7first: staff, row 5; row 9',
      ],
      ['staff', '1 rejected: more fields than the header has8, not 7; line 12'],
      [
        'staff',
        '1 rejected: an element that the configuration requires came out emptylast_name; row 10 (P10)',
      ],
    ]);
  });

  it('folds duplicates of the groups that were delivered away', () => {
    const report = fullLoadReport();
    expect(all(readPage(pageOf(report)), 'summary').map(textOf)).toEqual([
      'staff: 3 codes',
      'staff: 1 duplicate',
    ]);
    expect(rowsUnder('Duplicates', pageOf(report))).toEqual([['staff, row 11', 'staff, row 4']]);
  });

  it('says what became of each file', () => {
    expect(rowsUnder('Files', pageOf(fullLoadReport()))).toEqual([
      ['staff.zip', '1,010', '4.2 kB', 'delivered, verified', '0123456789abcdef…'],
    ]);
    expect(rowsUnder('Files', pageOf(fullLoadReport({ receipts: [] })))[0]?.[3]).toBe('not delivered');
    expect(pageOf(fullLoadReport())).toContain('1 older file was removed.');
    expect(pageOf(fullLoadReport({ outcome: 'dry_run' }))).toContain('1 older file would be removed.');
  });

  it('leaves out what there is not', () => {
    expect(
      headings(
        pageOf(fullLoadReport({ groups: [], guard: [], warnings: [], unmappedValues: {}, repeatedKeys: {} })),
      ),
    ).toEqual([]);
  });

  it('shows what is to be typed as what it is', () => {
    const error = {
      code: 'SOURCE_LOST',
      kind: 'transient',
      message: 'Gone.',
      hint: 'Set `<a>` or `b`.',
    } as const;
    const warnings = ['See `patronflow check`.'];
    const html = pageOf(fullLoadReport({ error, warnings }));
    expect(html).toContain('Set <code>&lt;a&gt;</code> or <code>b</code>.');
    expect(html).toContain('<li>See <code>patronflow check</code>.</li>');
  });

  it('takes no text for HTML, wherever it comes from', () => {
    const evil = '<script>alert("x")</script>&\'"><b>';
    const report = fullLoadReport({
      title: evil,
      destination: evil,
      warnings: [evil],
      error: { code: 'SOURCE_LOST', kind: 'transient', message: evil, hint: evil },
      unmappedValues: { [evil]: { [evil]: 1 } },
      repeatedKeys: { [evil]: [evil] },
      durations: { [evil]: 1 },
      groups: [
        groupReport(evil, {
          books: {
            read: 2,
            written: 0,
            unchanged: 0,
            duplicate: 1,
            skipped: 0,
            rejected: 1,
            reasons: { wrong_value: 1 },
          },
          counts: { users: 1, rows: 1, columns: {}, elements: {}, codes: { [evil]: { [evil]: 1 } } },
          last: groupLedger(1),
          changedInputs: [evil],
          listed: [
            { place: { group: evil, row: 1, key: evil }, reason: 'wrong_value', element: evil },
            { place: { group: evil, row: 2 }, reason: 'duplicate', first: { group: evil, row: 1 } },
          ],
          files: [{ key: evil, size: 1, sha256: 'a', users: 1, xmlFiles: 1 }],
        }),
      ],
      guard: [figure(evil, 2, 0, { group: evil }), figure(evil, 2, 0, { group: evil, stops: true })],
    });
    const tree = readPage(pageOf(report));
    expect([...all(tree, 'script'), ...all(tree, 'b')]).toEqual([]);
    expect(textOf(tree).split(evil).length - 1).toBeGreaterThanOrEqual(22);
  });
});

describe('the words of the reports', () => {
  it('name the error by its code, on the page and in the mail', () => {
    const error = { code: 'SOURCE_LOST', kind: 'transient', message: 'Gone.', hint: '' } as const;
    const report = fullLoadReport({ outcome: 'failed', error });
    expect(loadText(report).split('\n').slice(1, 5)).toEqual([
      'FAILED. 1 new file was delivered before that.',
      '',
      'Gone.',
      'Error code SOURCE_LOST',
    ]);
    expect(pageOf(report)).toContain('Error code <code>SOURCE_LOST</code>');
    expect(pageOf(report)).not.toContain('What to do');
  });

  it.each([
    [100, 100, '0'],
    [0, 1234, '+1,234'],
    [1000, 1, '−999 (−100 %)'],
    [1000, 1004, '+4 (+0.4 %)'],
    [3, 4, '+1 (+33 %)'],
  ])('tell a change from %i to %i as %s', (before, now, expected) => {
    expect(change(before, now)).toBe(expected);
  });

  it('count', () => {
    expect([0, 1, 2000].map((value) => counted(value, 'file'))).toEqual(['0 files', '1 file', '2,000 files']);
  });
});
