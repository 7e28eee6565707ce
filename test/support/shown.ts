import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** All that a person may see of a run, by what it is called when it gives something away. */
export type Shown = Readonly<Record<string, string>>;

/** The files below a folder, with their names; nothing where there is none. */
export async function filesBelow(folder: string): Promise<Shown> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path, await readFile(path, 'latin1')])),
  );
}

/** The text of mails as they went over the line. */
export function mailText(raw: readonly string[]): string {
  const all = raw.join('\n');
  // Nothing could be found in it.
  expect(all).not.toMatch(/^Content-Transfer-Encoding: base64/im);
  return all
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Looks for marked values and secrets in everything, also as URLs and HTML write them. */
export function expectNoMarks(shown: Shown, marks: readonly string[]): void {
  for (const [place, text] of Object.entries(shown)) {
    for (const mark of marks) {
      for (const form of new Set([mark, encodeURIComponent(mark), JSON.stringify(mark).slice(1, -1)]))
        expect(text.includes(form), `${mark} in ${place}`).toBe(false);
    }
  }
}
