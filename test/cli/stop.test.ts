import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary } from '../support/library.ts';
import { unzip, usersOf } from '../support/users.ts';

const bin = resolve(import.meta.dirname, '../../dist/bin.cjs');
const files = (library: Library, folder = 'out') => {
  const path = join(library.directory, folder);
  return existsSync(path) ? readdirSync(path).sort() : [];
};
const night = (day: number) => ['--now', `2026-03-0${day}T12:00:00Z`];
const old = ['staff_2026-03-01_12.00.00.zip', 'student_2026-03-01_12.00.00.zip'];
const fresh = ['staff_2026-03-02_12.00.00.zip', 'student_2026-03-02_12.00.00.zip'];

describe('a stop signal', () => {
  it.each([
    ['Starts.', 1, old],
    ['Made the files of a group.', 1, old],
    ['Made the files of a group.', 2, old],
    ['Staged.', 1, old],
    ['Staged.', 2, old],
    // Inside the swap of a group a stop waits for the group's end.
    ['Removed old files.', 1, [fresh[0], old[1]]],
    ['Published and verified.', 1, [fresh[0], old[1]]],
    ['Removed old files.', 2, fresh],
    ['Published and verified.', 2, fresh],
  ])('after "%s" number %i leaves whole files and nothing else', async (line, count, expected) => {
    const library = await makeLibrary();
    const options = { workingDirectory: library.directory };
    await run(['load', ...night(1)], options);
    const stop = new AbortController();
    let seen = 0;
    const onStderr = (text: string) => {
      if (text.includes(`"msg":"${line}"`) && ++seen === count) stop.abort();
    };
    const { code } = await run(['load', ...night(2)], { ...options, signal: stop.signal, onStderr });
    expect(seen).toBeGreaterThanOrEqual(count);
    expect(code).toBe(expected === fresh ? 0 : 130);
    expect(files(library)).toEqual([...expected].sort());
    expect(files(library, 'work')).toEqual([]);
    expect((await run(['load', ...night(2)], options)).code).toBe(0);
    expect(files(library)).toEqual(fresh);
  });

  it('does not wait for a system that has gone silent, and ends with the signal’s own code', async () => {
    const library = await makeLibrary();
    // A database that takes the connection and never says a word.
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const config = await readFile(join(library.directory, 'patronflow.yaml'), 'utf8');
    await writeFile(
      join(library.directory, 'patronflow.yaml'),
      config.replace('csv:./data', `postgres://x@127.0.0.1:${port}/x`),
    );
    const start = () =>
      spawn(process.execPath, [bin, 'load'], { cwd: library.directory, stdio: ['ignore', 'pipe', 'pipe'] });

    const child = start();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    for (let tries = 0; !stderr.includes('Starts.') && tries < 200; tries += 1) await sleep(50);
    child.kill('SIGTERM');
    const asked = Date.now();
    expect(await once(child, 'exit')).toEqual([143, null]);
    // The connection's own time-out would have been half a minute.
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(stderr).toContain('"code":"STOPPED"');
    expect([files(library), files(library, 'work')]).toEqual([[], []]);
  });
});

describe('kill -9', () => {
  it('at any moment leaves whole files, never two of a group, and the next run heals all', async () => {
    const library = await makeLibrary();
    // People enough that the run takes long enough to be killed in the middle.
    await library.rows(
      'staff',
      Array.from({ length: 8000 }, (_, index) => [
        `P${index}`,
        `Name${index}`,
        `B${index}`,
        `p${index}@example.edu`,
      ]),
    );
    const options = { workingDirectory: library.directory };
    expect((await run(['load', ...night(1)], options)).code).toBe(0);
    let killed = 0;
    for (const delay of [150, 300, 400, 500, 550, 600, 650, 700, 800, 900]) {
      const child = spawn(process.execPath, [bin, 'load', ...night(2)], {
        cwd: library.directory,
        stdio: 'ignore',
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      const [code] = await once(child, 'exit');
      clearTimeout(timer);
      if (code === null) killed += 1;
      for (const group of ['staff', 'student']) {
        const visible = files(library).filter(
          (name) => name.startsWith(`${group}_`) && name.endsWith('.zip'),
        );
        expect(visible.length).toBeLessThanOrEqual(1);
        for (const name of visible) {
          const [xml = ''] = Object.values(await unzip(join(library.directory, 'out', name)));
          expect(usersOf(xml)).toHaveLength(group === 'staff' ? 8000 : 1);
        }
      }
    }
    expect(killed).toBeGreaterThan(0);
    const { code } = await run(['load', '--now', '2026-03-03T12:00:00Z'], options);
    expect(code).toBe(0);
    expect(files(library)).toEqual(['staff_2026-03-03_12.00.00.zip', 'student_2026-03-03_12.00.00.zip']);
  });
});
