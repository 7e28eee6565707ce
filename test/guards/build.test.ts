import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { buildDist } from '../support/build-dist.ts';
import { temporaryDirectory } from '../support/command.ts';

const modules = resolve(import.meta.dirname, '../../node_modules');
const settings = {
  compilerOptions: {
    module: 'nodenext',
    types: [],
    // A small library, which is compiled in a quarter of the time.
    lib: ['es5'],
    skipLibCheck: true,
    noEmitOnError: true,
    sourceMap: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

let root: string;
beforeEach(async () => {
  root = await temporaryDirectory();
  await mkdir(join(root, 'src/load'), { recursive: true });
  await symlink(modules, join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'tsconfig.json'), '{}');
  await writeFile(join(root, 'tsconfig.build.json'), JSON.stringify(settings));
  await writeFile(join(root, 'src/bin.cts'), 'export const first = 1;\n');
  await writeFile(join(root, 'src/load/run.ts'), "export const answer: string = 'first';\n");
  buildDist(root);
});

const built = () => readFile(join(root, 'dist/load/run.js'), 'utf8');

it('builds what is not there, and leaves alone what is up to date', async () => {
  expect(await built()).toContain("answer = 'first'");
  expect(existsSync(join(root, 'dist/bin.cjs'))).toBe(true);
  const { mtimeMs } = await stat(join(root, 'dist/load/run.js'));
  buildDist(root);
  expect((await stat(join(root, 'dist/load/run.js'))).mtimeMs).toBe(mtimeMs);
});

it('builds an edited file again, also one with an old date', async () => {
  await writeFile(join(root, 'src/load/run.ts'), "export const answer: string = 'second';\n");
  await utimes(join(root, 'src/load/run.ts'), 0, 0);
  buildDist(root);
  expect(await built()).toContain("answer = 'second'");
});

it('builds again when the settings of the compiler change', async () => {
  expect(existsSync(join(root, 'dist/bin.cjs.map'))).toBe(true);
  await rm(join(root, 'dist/bin.cjs.map'));
  await writeFile(join(root, 'tsconfig.build.json'), `${JSON.stringify(settings)}\n`);
  buildDist(root);
  expect(existsSync(join(root, 'dist/bin.cjs.map'))).toBe(true);
});

it('removes what has no source any more', async () => {
  await rm(join(root, 'src/load/run.ts'));
  buildDist(root);
  expect(existsSync(join(root, 'dist/load/run.js'))).toBe(false);
  expect(existsSync(join(root, 'dist/load/run.js.map'))).toBe(false);
  expect(existsSync(join(root, 'dist/bin.cjs'))).toBe(true);
});

it('fails while the source has an error, each time', async () => {
  await writeFile(join(root, 'src/load/run.ts'), "export const answer: number = 'second';\n");
  for (const _ of [1, 2]) expect(() => buildDist(root)).toThrow(/cannot be built[\s\S]*src\/load\/run\.ts/);
  expect(await built()).toContain("answer = 'first'");
});
