import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What decides, beside the source, what the compiler writes. */
const settings = ['tsconfig.json', 'tsconfig.build.json'];

/**
 * Brings `dist` up to date with `src`. Commands and threads start from `dist`, and Node.js 20 starts neither from
 * TypeScript: without this a test would judge the source of the last build.
 */
export function buildDist(root: string): void {
  const { isStale, orphans } = compareBuild(root);
  if (isStale) compile(root);
  // In this order: what another test runs just now stays whole.
  for (const orphan of orphans) rmSync(orphan);
}

/** Compares what is built with what the compiler would write. */
function compareBuild(root: string): { isStale: boolean; orphans: readonly string[] } {
  const [source, built] = [join(root, 'src'), join(root, 'dist')];
  const expected = new Map(filesIn(source).map((file) => [builtName(file), file]));
  const changed = Math.max(
    ...settings.map((file) => changeOf(join(root, file))),
    ...[...expected.values()].map((file) => changeOf(join(source, file))),
  );
  const isCurrent = (file: string) =>
    existsSync(join(built, file)) && statSync(join(built, file)).mtimeMs > changed;
  const orphans = filesIn(built).filter((file) => !expected.has(file.replace(/\.map$/, '')));
  return {
    isStale: ![...expected.keys()].every(isCurrent),
    orphans: orphans.map((file) => join(built, file)),
  };
}

/** Throws what the compiler finds wrong; `dist` stays stale then, so that the next run throws it too. */
function compile(root: string): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', 'tsconfig.build.json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The source cannot be built, so no test runs.\n${stdout}${stderr}`);
}

/** A file that is moved or copied here keeps the time of its content: the system's own time of change tells. */
function changeOf(file: string): number {
  return statSync(file).ctimeMs;
}

function builtName(file: string): string {
  return file.replace(/\.(c?)ts$/, '.$1js');
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
