import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { folderMode } from '../core/new-file.ts';
import { safeLines, safeText } from '../core/safe-text.ts';
import { csvOf, inventPeople } from '../demo/invented-people.ts';
import { Questions } from '../init/ask.ts';
import { askForRoster, withRoster } from '../init/ask-for-roster.ts';
import { presetDirectory } from './config-file.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { openTerminal } from './terminal.ts';
import { wroteLines } from './wrote-lines.ts';

/** Passwords may come into a configuration. */
const newFile = { flag: 'wx', mode: 0o640 };

/** People that a new configuration is tried with. */
const invented = 300;

/** `patronflow init`: writes a configuration to start from. */
export async function initCommand(
  job: string,
  directory: string,
  from: readonly string[],
  context: ProcessContext,
): Promise<number> {
  if (from.length > 0) {
    if (job !== 'load')
      throw new PatronflowError('USAGE', '--from is for load: a poll reads no files.', {
        hint: 'Leave --from out.',
      });
    const { initFrom } = await import('./init-from.ts');
    return initFrom(from, directory, context);
  }
  const target = resolve(context.workingDirectory, directory);
  const where = relative(context.workingDirectory, target) || '.';
  const say = (lines: readonly string[]) => printText(context.stdout, safeLines(lines));
  if (job === 'poll') say(await initPoll(target, where));
  else if (job === 'load') say(await initLoad(target, where, context));
  else
    throw new PatronflowError('USAGE', `There is no job ${safeText(job)}.`, {
      hint: 'The jobs are load and poll.',
    });
  return 0;
}

/** @returns what to do next, in lines */
async function initPoll(target: string, where: string): Promise<readonly string[]> {
  const schema = join(presetDirectory('patron-info-poller'), 'patron-info.avsc');
  const names = await copyInto(target, [...(await filesOf('poll-starter')), schema]);
  return [
    ...wroteLines(
      names.join(' and '),
      where,
      'Put your Sierra, your warehouse and your sink into patronflow.yaml, then:',
    ),
    '  patronflow check',
    '  patronflow poll --dry-run --max-batches 1',
    '  patronflow poll',
  ];
}

/** @returns what to do next, in lines */
async function initLoad(target: string, where: string, context: ProcessContext): Promise<readonly string[]> {
  const names = await copyInto(target, await filesOf('starter'));
  await addRoster(target, context);
  await writePeople(join(target, 'data'));
  return [
    ...wroteLines(`${names.join(', ')} and invented people in data/`, where, 'Try it:'),
    '  patronflow check',
    '  patronflow test',
    '  patronflow load --dry-run',
    '  patronflow load',
    'Then put your warehouse, your templates and your store into patronflow.yaml.',
  ];
}

async function writePeople(folder: string): Promise<void> {
  const { staff, students } = inventPeople(invented, 1);
  await mkdir(folder, { recursive: true, mode: folderMode });
  try {
    await writeFile(join(folder, 'LIBRARY_EMPLOYEE.csv'), csvOf(staff), newFile);
    await writeFile(join(folder, 'LIBRARY_STUDENT.csv'), csvOf(students), newFile);
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    throw new PatronflowError('USAGE', `${folder} already has data; it was left as it is.`, {
      hint: 'Name another directory.',
      cause,
    });
  }
}

/** Switches the roster on where a person on the terminal wants it. */
async function addRoster(target: string, context: ProcessContext): Promise<void> {
  const terminal = openTerminal(context);
  if (!terminal) return;
  const isWanted = await askForRoster(new Questions(terminal)).finally(() => terminal.close());
  if (!isWanted) return;
  const path = join(target, 'patronflow.yaml');
  await writeFile(path, withRoster(await readFile(path, 'utf8')));
}

async function filesOf(preset: string): Promise<string[]> {
  const directory = presetDirectory(preset);
  return (await readdir(directory)).map((name) => join(directory, name));
}

/** @returns the names; throws, and writes nothing, when one of them is there already */
async function copyInto(target: string, files: readonly string[]): Promise<string[]> {
  await mkdir(target, { recursive: true, mode: folderMode });
  const present = new Set(await readdir(target));
  const taken = files.map((file) => basename(file)).filter((name) => present.has(name));
  if (taken.length > 0) {
    throw new PatronflowError('USAGE', `${target} already has ${taken.join(', ')}; nothing was written.`, {
      hint: 'Name another directory.',
    });
  }
  for (const file of files) await writeFile(join(target, basename(file)), await readFile(file), newFile);
  return files.map((file) => basename(file));
}
