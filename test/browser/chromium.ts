import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** Where distributions put it. */
const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** @throws Error that tells how to install it */
export function findChromium(): string {
  const wanted = process.env.CHROMIUM_PATH;
  const found = wanted === undefined ? usualPaths.find(existsSync) : existsSync(wanted) ? wanted : undefined;
  if (found !== undefined) return found;
  throw new Error(
    `No Chromium at ${wanted ?? usualPaths.join(' or ')}. Install it (on Debian: apt-get install chromium), or set CHROMIUM_PATH to where it is.`,
  );
}

/** A page that is shown, and what it did that a report must not do. */
export interface Shown {
  readonly page: Page;
  /** All that it asked for, its own file first. */
  readonly requests: readonly string[];
  /** What the browser wrote to its console. */
  readonly complaints: readonly string[];
}

/** A Chromium of the test file's own. @returns shows a file until the test has ended */
export function useChromium(): (path: string, options?: BrowserContextOptions) => Promise<Shown> {
  let browser: Browser;
  beforeAll(async () => {
    // The sandbox needs rights that containers and root do not have; the pages are our own.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: findChromium(), args });
  });
  afterAll(() => browser.close());

  return async (path, options = {}) => {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`file://${path}`);
    return { page, requests, complaints };
  };
}
