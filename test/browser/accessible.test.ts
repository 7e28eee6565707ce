import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { useChromium } from './chromium.ts';

const show = useChromium();
const pages = Object.entries(inject('pages'));

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Axe {
  readonly axe: typeof axe;
}

/** What axe finds, a line for each element, and what it could not decide. */
async function findings(
  page: Page,
): Promise<{ violations: string[]; undecided: string[]; passed: string[] }> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    (values) => (window as unknown as Axe).axe.run({ runOnly: { type: 'tag', values } }),
    tags,
  );
  const lines = (results: axe.Result[]) =>
    results.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
  return {
    violations: lines(found.violations),
    undecided: lines(found.incomplete),
    passed: found.passes.map(({ id }) => id),
  };
}

describe.each(['light', 'dark'] as const)(
  'on a %s screen, by the rules of WCAG 2.2 A and AA',
  (colorScheme) => {
    it.each(pages)('the page of %s is accessible', async (_, path) => {
      const { page } = await show(path, { colorScheme });
      for (const summary of await page.locator('summary').all()) await summary.click();
      const { violations, undecided, passed } = await findings(page);
      expect(violations).toEqual([]);
      expect(undecided).toEqual([]);
      for (const rule of [
        'color-contrast',
        'document-title',
        'html-has-lang',
        'landmark-one-main',
        'heading-order',
      ])
        expect(passed).toContain(rule);
    });
  },
);

it('knows both schemes', async () => {
  const [, path = ''] = pages[0] ?? [];
  const colours = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await show(path, { colorScheme });
    colours.push(
      await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return [color, backgroundColor].map((each) => Number(/\d+/.exec(each)?.[0]) > 127);
      }),
    );
  }
  expect(colours).toEqual([
    [false, true],
    [true, false],
  ]);
});

describe('who listens to the page', () => {
  it.each(pages)('of %s finds its way by headings and tables', async (_, path) => {
    const { page } = await show(path);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const levels = await page
      .getByRole('heading')
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName.slice(1))));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries())
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(await page.getByRole('main').locator('h1, .outcome').count()).toBe(2);

    const tables = await page.locator('table').evaluateAll((all) =>
      (all as HTMLTableElement[]).map((table) => ({
        caption: table.caption?.textContent ?? '',
        columns: [...(table.tHead?.rows[0]?.cells ?? [])].map(({ tagName, scope }) => `${tagName} ${scope}`),
        rows: [...(table.tBodies[0]?.rows ?? [])].map(({ cells }) =>
          [...cells].map(({ tagName, scope }) => `${tagName} ${scope}`.trim()),
        ),
      })),
    );
    for (const { caption, columns, rows } of tables) {
      expect(await page.getByRole('region', { name: caption, exact: true }).count()).toBe(1);
      expect(await page.getByRole('table', { name: caption, exact: true }).count()).toBe(1);
      expect(new Set(columns)).toEqual(new Set(['TH col']));
      const row = columns.map((_, index) => (index === 0 ? 'TH row' : 'TD'));
      for (const cells of rows) expect(cells).toEqual(row);
    }
  });

  it('hears at once how the run ended and what to do', async () => {
    const { page } = await show(inject('pages')['a load, stopped by the guard'] ?? '');
    const lines = (await page.getByRole('main').innerText()).split('\n').filter((line) => line !== '');
    expect(lines.slice(0, 3)).toEqual([
      'Patronflow load',
      expect.stringMatching(/^Run of 2026-03-02 02:30:00 UTC, took \d+\.\d s$/),
      'STOPPED BY THE GUARD: nothing was delivered.',
    ]);
    expect(lines.slice(4, 10)).toEqual([
      expect.stringMatching(/^The files are held in .*; they contain personal data\. Check them\.$/),
      expect.stringMatching(/^To deliver exactly these: patronflow load --held '.*'$/),
      expect.stringMatching(/^To remove them: rm -r '.*'$/),
      expect.stringMatching(/^What to do: .*--held, or read the source again with --accept-drop\.$/),
      'Error code GUARD_STOPPED',
      'What the guard saw',
    ]);
  });
});
