import { execFile, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inject } from 'vitest';
import type { Ran } from '../support/command.ts';

/** A folder that was empty, with the package installed there as a user would install it. */
export interface Installation {
  readonly folder: string;
  readonly packages: number;
  readonly megabytes: number;
}

/** No package needs its install script, so none is run. */
export function install(...options: string[]): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'installed-'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', inject('tarball'), '--ignore-scripts', '--no-audit', '--no-fund', ...options];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  return {
    folder,
    packages: Object.keys(packages).length,
    megabytes: sizeOf(join(folder, 'node_modules')) / 1e6,
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A Node.js that the package is tried on. */
export interface Node {
  readonly version: string;
  /** Runs a command of an installation by `npx`, with nothing in the environment that is not asked for. */
  npx(installation: Installation, args: readonly string[]): Promise<Ran>;
  /** The same, for packages that npx gets first. */
  fetchingNpx(installation: Installation, args: readonly string[]): Promise<Ran>;
}

/** Those of PATRONFLOW_NODES, paths as in PATH; the one that runs the tests where there are none. */
export function nodes(): Node[] {
  const paths = (process.env.PATRONFLOW_NODES ?? '').split(delimiter).filter(Boolean);
  return (paths.length > 0 ? paths : [process.execPath]).map((path) => {
    const { stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    if (error) throw new Error(`${path} of PATRONFLOW_NODES cannot be run (${error.message}).`);
    const version = stdout.trim();
    const folder = join(tmpdir(), `node-${version}`);
    mkdirSync(folder, { recursive: true });
    return {
      version,
      // --no: what is not installed is not to be fetched either.
      npx: (installation, args) => npx(folder, path, installation, ['--no', '--', ...args]),
      fetchingNpx: (installation, args) => npx(folder, path, installation, ['--yes', ...args]),
    };
  });
}

function npx(
  folder: string,
  node: string,
  { folder: cwd }: Installation,
  args: readonly string[],
): Promise<Ran> {
  try {
    symlinkSync(node, join(folder, 'node'));
  } catch {
    // It is there from the call before.
  }
  const env = { HOME: cwd, TMPDIR: tmpdir(), PATH: `${folder}${delimiter}${process.env.PATH}` };
  return new Promise((resolve) => {
    execFile('npx', args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}
