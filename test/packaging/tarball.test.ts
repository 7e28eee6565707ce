import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { root } from './packed.ts';

const unpacked = inject('unpacked');
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
const files = filesBelow(unpacked);
const pages = files.filter((name) => name.endsWith('.md'));
const text = (name: string) => readFileSync(join(unpacked, name), 'utf8');

/** What may be published, in kB: ten times as much would be a mistake. */
const maxPacked = 1200;
const maxUnpacked = 3500;

describe('the package', () => {
  it('holds what it is to hold, and nothing else', () => {
    const places = new Set(files.map((name) => name.split('/')[0]));
    const folders = ['data', 'dist', 'docs', 'examples', 'presets', 'schema'];
    expect([...places].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...folders].sort(),
    );
    for (const folder of folders.filter((name) => name !== 'dist')) {
      expect(files.filter((name) => name.startsWith(`${folder}/`))).toEqual(
        filesBelow(join(root, folder)).map((name) => `${folder}/${name}`),
      );
    }
    // Each source is there as what it was compiled to, and no older one that has none any more.
    const compiled = filesBelow(join(root, 'src')).map((name) => `dist/${name.replace(/ts$/, 'js')}`);
    expect(files.filter((name) => name.startsWith('dist/'))).toEqual(compiled.sort());
  });

  it('is small', () => {
    const packed = statSync(inject('tarball')).size / 1000;
    const whole = files.reduce((sum, name) => sum + statSync(join(unpacked, name)).size, 0) / 1000;
    console.log(`${packed.toFixed(0)} kB packed, ${whole.toFixed(0)} kB in ${files.length} files`);
    expect(packed).toBeLessThan(maxPacked);
    expect(whole).toBeLessThan(maxUnpacked);
  });

  it('has commands that the system can start', () => {
    const { bin } = JSON.parse(text('package.json')) as { bin: Record<string, string> };
    expect(Object.keys(bin)).toEqual(['patronflow', 'patronload', 'patron-info-poller']);
    for (const path of Object.values(bin)) expect(text(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('tells nothing of the machine that it was made on', () => {
    const places = [root, `${homedir()}/`];
    const isTelling = (content: string) =>
      places.some((place) => content.includes(place)) || /\/(root|home)\/\w|registry\.npmjs/.test(content);
    expect(files.filter((name) => isTelling(text(name)))).toEqual([]);
  });

  it.each(pages)('%s links to pages and headings that are in it', (name) => {
    const anchorsOf = (page: string) =>
      [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
    for (const [, path = '', anchor] of text(name).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
      if (/^https?:/.test(path)) continue;
      const target = path === '' ? name : normalize(join(dirname(name), path));
      expect(files).toContain(target);
      if (anchor) expect(anchorsOf(target), `${target}#${anchor}`).toContain(anchor);
    }
  });
});
