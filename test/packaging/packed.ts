import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package as it is published. */
    readonly tarball: string;
    /** What is in it. */
    readonly unpacked: string;
  }
}

export const root = resolve(import.meta.dirname, '../..');

/** Packs once what would be published. */
export default function setup({ provide }: TestProject): void {
  const folder = join(tmpdir(), 'packed');
  mkdirSync(folder);
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'pipe' });
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  provide('tarball', tarball);
  provide('unpacked', join(folder, 'package'));
}
