import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { useChromium } from './chromium.ts';

const show = useChromium();
const pages = Object.entries(inject('pages'));

/** What does not fit: the page itself, texts beyond its edge that no region scrolls to, and short words that are broken. */
function misfits(): string[] {
  const root = document.documentElement;
  const found = root.scrollWidth > root.clientWidth ? [`the page is ${root.scrollWidth} px wide`] : [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element?.checkVisibility()) continue;
    for (const { 0: word, index } of (node.textContent ?? '').matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const rectangles = [...range.getClientRects()].filter(({ width }) => width > 0);
      const isScrolled = element.closest('.scroll') !== null;
      if (!isScrolled && rectangles.some(({ left, right }) => left < 0 || right > root.clientWidth + 1))
        found.push(`beyond the edge: ${word}`);
      // Eight letters, as in `rejected`, fit wherever a table has a column.
      if (word.length <= 8 && new Set(rectangles.map(({ top }) => top)).size > 1)
        found.push(`broken: ${word}`);
    }
  }
  for (const region of document.querySelectorAll('.scroll')) {
    const { left, right } = region.getBoundingClientRect();
    if (left < 0 || right > root.clientWidth + 1) found.push(`a region from ${left} to ${right}`);
  }
  return found;
}

const unfold = async (page: Page) => {
  for (const summary of await page.locator('summary').all()) await summary.click();
};

describe.each([
  ['a screen of 1280 pixels at 400 %', { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }],
  ['a tablet', { viewport: { width: 768, height: 1024 } }],
  ['a desk', { viewport: { width: 1280, height: 1024 } }],
])('on %s', (_, options) => {
  it.each(pages)('the page of %s needs no scrolling sideways, and no word is in pieces', async (_, path) => {
    const { page } = await show(path, options);
    await unfold(page);
    expect(await page.evaluate(misfits)).toEqual([]);
  });
});

it.each(pages)('the page of %s bears text of twice the size', async (_, path) => {
  const { page } = await show(path, { viewport: { width: 1280, height: 1024 } });
  await page.addStyleTag({ content: 'html { font-size: 200% }' });
  const size = await page.locator('.outcome').evaluate((element) => getComputedStyle(element).fontSize);
  expect(Number.parseFloat(size)).toBeGreaterThan(32);
  await unfold(page);
  expect(await page.evaluate(misfits)).toEqual([]);
});

it('shows bars, curve and outcome in the colours that a person has forced', async () => {
  const path = inject('pages')['a poll, with much of everything'] ?? '';
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await show(path, { forcedColors: 'active', colorScheme });
    const [canvas, text, ...shown] = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('div'));
      probe.style.cssText = 'background: Canvas; color: CanvasText';
      const { backgroundColor, color } = getComputedStyle(probe);
      const style = (selector: string) => getComputedStyle(document.querySelector(selector) ?? probe);
      return [
        backgroundColor,
        color,
        style('.bar rect').fill,
        style('.chart polyline').stroke,
        style('.outcome').borderLeftColor,
      ];
    });
    expect(canvas).not.toBe(text);
    expect(shown).toEqual([text, text, text]);
  }
});
