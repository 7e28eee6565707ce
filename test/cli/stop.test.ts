import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../support/command.ts';
import { startCommand } from '../support/command-process.ts';
import { type Library, makeLibrary } from '../support/library.ts';
import { atNight } from '../support/nightly.ts';

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

  it('does not hide a swap that fails after it', async () => {
    const library = await makeLibrary();
    const options = { workingDirectory: library.directory };
    await run(['load', ...night(1)], options);
    const stop = new AbortController();
    const onStderr = (text: string) => {
      if (!text.includes('"msg":"Removed old files."')) return;
      stop.abort();
      // The files that were staged go, so that none can be published.
      rmSync(join(library.directory, 'out'), { recursive: true });
    };
    const { code, stdout } = await run(['load', ...night(2)], { ...options, signal: stop.signal, onStderr });
    expect(code).toBe(75);
    expect(stdout).toContain('SWAP_INCOMPLETE');
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
      // A program that waited for the connection would wait longer than the test.
      config.replace('"csv:./data"', `"postgres://x@127.0.0.1:${port}/x", connect_timeout_seconds: 600`),
    );
    const { child, ended } = startCommand(['load'], { workingDirectory: library.directory });
    mute.once('connection', () => child.kill('SIGTERM'));
    const { code, stderr } = await ended;
    expect(code).toBe(143);
    expect(stderr).toContain('"code":"STOPPED"');
    expect([files(library), files(library, 'work')]).toEqual([[], []]);
  });
});

describe('a stop signal while a named pipe is read to which no program writes', () => {
  // Each opens it another way; one by day stands for them.
  it.each<[string, string, readonly string[]]>([
    ['validate', 'users.xml', ['validate', 'users.xml']],
    ...atNight<[string, string, readonly string[]]>(
      ['validate of a zip', 'users.zip', ['validate', 'users.zip']],
      ['load of its configuration', 'pipe', ['load', '--config', 'pipe']],
      ['load of its variables', 'pipe', ['load', '--env-file=pipe']],
      ['load of its template', 'person.xml', ['load']],
      ['load of its rows', 'data/staff.csv', ['load']],
      ['load --person of its rows', 'data/staff.csv', ['load', '--person', 'P1']],
      ['check of its configuration', 'pipe', ['check', '--config', 'pipe']],
      ['geo build', 'faces.dbf', ['geo', 'build', 'faces.dbf', '--out', 'x']],
      ['geo lookup', 'pipe', ['geo', 'lookup', 'any', '--index', 'pipe']],
    ),
  ])('ends %s', async (_what, pipe, args) => {
    const { directory: workingDirectory } = await makeLibrary();
    rmSync(join(workingDirectory, pipe), { force: true });
    execFileSync('mkfifo', [join(workingDirectory, pipe)]);
    const { child, ended } = startCommand(args, { workingDirectory });
    await reading(child.pid ?? 0);
    child.kill('SIGTERM');
    await ended;
    // To a shell both are 143.
    expect(child.exitCode ?? child.signalCode).toBe(child.exitCode === null ? 'SIGTERM' : 143);
  });
});

/** Waits until a thread of the process is inside open(), which waits for a program that writes; where no one can tell, a while. */
async function reading(pid: number): Promise<void> {
  const isWaiting = () =>
    readdirSync(`/proc/${pid}/task`).some((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/wchan`, 'utf8').includes('wait_for_partner'),
    );
  await vi.waitUntil(isWaiting, { timeout: 10_000, interval: 50 }).catch(() => {});
}
