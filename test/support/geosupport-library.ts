import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from './command.ts';

const source = resolve(import.meta.dirname, 'fake-geosupport/geo.c');

/** Whether the stand-in for Geosupport can be built here: koffi has binaries for all platforms, a C compiler is another matter. */
export const hasCompiler = ((): boolean => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform !== 'win32';
  } catch {
    return false;
  }
})();

/** Builds the stand-in in a folder. @returns the library */
export function buildGeosupport(folder: string): string {
  const library = join(folder, 'libgeo.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source]);
  return library;
}

/** Builds the stand-in for a test. @returns what the adapter takes as its options */
export async function geosupportLibrary(): Promise<{ library: string; geofiles: string }> {
  const geofiles = await temporaryDirectory();
  return { library: buildGeosupport(geofiles), geofiles };
}
