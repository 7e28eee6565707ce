import { describe, expect, inject, it } from 'vitest';
import { useChromium } from './chromium.ts';

const show = useChromium();
const pages = Object.entries(inject('pages'));

/** What has the focus: its place among all elements, and how it shows. */
function focused() {
  const element = document.activeElement ?? document.body;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  return {
    index: [...document.querySelectorAll('*')].indexOf(element),
    isVisible: outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2,
    outlineColor,
    backgroundColor: getComputedStyle(document.body).backgroundColor,
  };
}

/** By the formula of WCAG 2, of two colours as the browser writes them. */
function contrast(...colours: string[]): number {
  const [a = 0, b = 0] = colours.map((colour) => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

describe.each(['light', 'dark'] as const)('on a %s screen the Tab key', (colorScheme) => {
  it.each(pages)('goes through the page of %s in order, and one sees where it is', async (_, path) => {
    const { page } = await show(path, { colorScheme });
    const expected = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element, index) =>
        element.matches('summary, [role="region"]') && element.checkVisibility() ? [index] : [],
      ),
    );
    const stops = [];
    for (const _ of expected) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate(focused));
    }
    expect(stops.map(({ index }) => index)).toEqual(expected);
    for (const { isVisible, outlineColor, backgroundColor } of stops) {
      expect(isVisible).toBe(true);
      expect(contrast(outlineColor, backgroundColor)).toBeGreaterThanOrEqual(3);
    }
  });
});

it('opens and closes what is folded', async () => {
  const { page } = await show(inject('pages')['a load, with rejected rows'] ?? '');
  const table = page.getByRole('table', { name: 'student: the first 100' });
  expect(await table.isVisible()).toBe(false);
  await page.getByText('student: 245 duplicates').focus();
  await page.keyboard.press('Enter');
  expect(await table.getByRole('row').count()).toBe(101);
  expect(await table.isVisible()).toBe(true);
  await page.keyboard.press('Space');
  expect(await table.isVisible()).toBe(false);
});

it('scrolls a table that is wider than the screen', async () => {
  const { page } = await show(inject('pages')['a load, delivered again'] ?? '', {
    viewport: { width: 320, height: 600 },
  });
  const region = page.getByRole('region', { name: 'Read = written' });
  await region.focus();
  const far = () => region.evaluate(({ scrollLeft }) => scrollLeft);
  expect(await far()).toBe(0);
  await page.keyboard.press('ArrowRight');
  await expect.poll(far).toBeGreaterThan(0);
});
