import { describe, expect, inject, it } from 'vitest';
import { useChromium } from './chromium.ts';
import { readPdf } from './read-pdf.ts';

const show = useChromium();
const pages = inject('pages');

/** What is between the margins of an A4 page, in the browser's pixels. */
const printable = Math.round(((210 - 30) / 25.4) * 96);

/** Sheets that each page may take, also where the fonts of a machine are wide. */
const maxSheets = (name: string): number => (name === 'a load, of sixty groups' ? 7 : 3);

describe.each(Object.entries(pages))('the page of %s on paper', (name, path) => {
  it('is on few sheets of A4 with every letter of it, in order, and a head over every piece of a table', async () => {
    const { page } = await show(path, { colorScheme: 'dark' });
    const sheets = readPdf(await page.pdf({ preferCSSPageSize: true }));
    expect(sheets.length).toBeLessThanOrEqual(maxSheets(name));
    for (const { width, height } of sheets) {
      expect(width).toBeCloseTo(210, 0);
      expect(height).toBeCloseTo(297, 0);
    }
    await page.emulateMedia({ media: 'print' });
    const marks = /[\s•▸]/g;
    const lettersOf = (text: string) => text.normalize('NFKC').replace(marks, '');
    const whole = lettersOf(await page.locator('body').innerText());
    const tables = (
      await page
        .locator('table')
        .evaluateAll((all) =>
          (all as HTMLTableElement[])
            .filter((table) => table.checkVisibility())
            .map(({ tHead, tBodies }) => [tHead?.innerText ?? '', tBodies[0]?.innerText ?? '']),
        )
    ).map(([head = '', body = '']) => ({ head: lettersOf(head), body: lettersOf(body) }));

    let printed = '';
    for (const [index, sheet] of sheets.entries()) {
      const foot = `${index + 1}/${sheets.length}`;
      expect(sheet.text.startsWith(foot)).toBe(true);
      const text = lettersOf(sheet.text.slice(foot.length));
      const cut = tables.find(({ head, body }) => {
        const start = whole.indexOf(head + body) + head.length;
        return start < printed.length && printed.length < start + body.length;
      });
      if (cut) expect(text.startsWith(cut.head)).toBe(true);
      printed += text.slice(cut?.head.length ?? 0);
    }
    expect(printed).toBe(whole);
  });

  it('is dark on light, and nothing is beyond the margins', async () => {
    const { page } = await show(path, {
      colorScheme: 'dark',
      viewport: { width: printable, height: 1000 },
    });
    await page.emulateMedia({ media: 'print' });
    for (const summary of await page.locator('summary').all()) await summary.click();
    const { background, beyond } = await page.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      beyond: [...document.querySelectorAll('body *')].flatMap((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < 0 || right > document.documentElement.clientWidth + 1
          ? [element.outerHTML.slice(0, 80)]
          : [];
      }),
    }));
    expect(background).toBe('rgb(255, 255, 255)');
    expect(beyond).toEqual([]);
  });
});
