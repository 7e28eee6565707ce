import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/command.ts';
import { useChromium } from './chromium.ts';

const show = useChromium();
const pages = Object.entries(inject('pages'));

describe('a report page', () => {
  it.each(pages)('of %s asks for nothing, and the browser has nothing to say', async (_, path) => {
    const { page, requests, complaints } = await show(path);
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([`file://${path}`]);
    expect(complaints).toEqual([]);
    expect(await page.locator('script, link, iframe, object, embed, img, form, a').count()).toBe(0);
  });

  it.each(pages)('of %s is the same without JavaScript', async (_, path) => {
    const [withScript, without] = await Promise.all([show(path), show(path, { javaScriptEnabled: false })]);
    expect(await without.page.content()).toBe(await withScript.page.content());
    const pictures = await Promise.all(
      [withScript, without].map(({ page }) => page.screenshot({ fullPage: true })),
    );
    expect(pictures[0]?.equals(pictures[1] ?? Buffer.of())).toBe(true);
  });

  it('lets nothing load and nothing run even if a text were taken for HTML', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('access-control-allow-origin', '*').end('document.title = "ran"');
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const outside = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [, path = ''] = pages[0] ?? [];
    const html = await readFile(path, 'utf8');
    const evil = `<img src="${outside}/image" onerror="document.title = 'ran'"><script src="${outside}/script"></script>
<script>document.title = "ran"; fetch("${outside}/fetch");</script><link rel="stylesheet" href="${outside}/style">
<iframe src="${outside}/frame"></iframe>`;
    const spoilt = join(await temporaryDirectory(), 'spoilt.html');
    const show2 = async (text: string) => {
      await writeFile(spoilt, text);
      const { page } = await show(spoilt);
      await page.waitForLoadState('networkidle');
      return page.title();
    };
    expect(await show2(html.replace('</main>', `${evil}</main>`))).not.toBe('ran');
    expect(asked).toEqual([]);
    // The same without the policy, to see that the test would notice.
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>\n/;
    expect(await show2(html.replace(policy, '').replace('</main>', `${evil}</main>`))).toBe('ran');
    expect(new Set(asked)).toEqual(new Set(['/image', '/script', '/fetch', '/style', '/frame']));
  });
});
