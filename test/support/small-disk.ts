import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './command.ts';

/** A file system of so many kilobytes; only who may mount has one. */
export async function smallDisk(kilobytes: number): Promise<string> {
  const directory = await temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', directory], { stdio: 'ignore' });
  onTestFinished(() => void execFileSync('umount', [directory]));
  return directory;
}

export const mayMount = ((): boolean => {
  try {
    execFileSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();
