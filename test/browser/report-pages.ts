import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.ts';
import { makeLoadPages } from './load-pages.ts';
import { makeDemoPages, makePollPages } from './poll-pages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The pages under test: what they are of -> where they are. */
    readonly pages: Readonly<Record<string, string>>;
  }
}

/** Makes every page under test once, in the temporary directory of the run. */
export default async function setup({ provide }: TestProject): Promise<void> {
  findChromium();
  const folder = join(tmpdir(), 'pages');
  await mkdir(folder, { recursive: true });
  provide('pages', {
    ...(await makeDemoPages(folder)),
    ...(await makeLoadPages(folder)),
    ...(await makePollPages(folder)),
  });
}
