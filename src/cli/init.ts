import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { csvOf, inventPeople } from '../demo/invented-people.ts';
import { presetDirectory } from './config-file.ts';
import type { Terminal } from './terminal.ts';

/** People that a new configuration is tried with. */
const invented = 300;

/** `patronflow init`: writes a configuration to start from, which runs at once on the invented people beside it. */
export async function initCommand(job: string, directory: string, terminal: Terminal): Promise<number> {
  if (job !== 'load')
    throw new PatronflowError('USAGE', `There is no job ${job}.`, { hint: 'There is load.' });
  const target = resolve(terminal.workingDirectory, directory);
  const starter = presetDirectory('starter');
  const names = await readdir(starter);
  const { staff, students } = inventPeople(invented, 1);
  await mkdir(join(target, 'data'), { recursive: true });
  const present = new Set(await readdir(target));
  const taken = names.filter((name) => present.has(name));
  if (taken.length > 0) {
    throw new PatronflowError('USAGE', `${target} already has ${taken.join(', ')}; nothing was written.`, {
      hint: 'Name another directory.',
    });
  }
  try {
    for (const name of names) await copyFile(join(starter, name), join(target, name));
    await writeFile(join(target, 'data', 'LIBRARY_EMPLOYEE.csv'), csvOf(staff), { flag: 'wx' });
    await writeFile(join(target, 'data', 'LIBRARY_STUDENT.csv'), csvOf(students), { flag: 'wx' });
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    throw new PatronflowError('USAGE', `${join(target, 'data')} already has data; it was left as it is.`, {
      hint: 'Name another directory.',
      cause,
    });
  }
  const where = relative(terminal.workingDirectory, target) || '.';
  terminal.stdout.write(
    [
      `Wrote ${names.join(', ')} and invented people in data/ to ${where}. Try it:`,
      `  cd ${where}`,
      '  patronflow check',
      '  patronflow load --dry-run',
      '  patronflow load',
      'Then put your warehouse, your templates and your store into patronflow.yaml.',
      '',
    ].join('\n'),
  );
  return 0;
}
