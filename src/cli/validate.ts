import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { limits } from '../load/alma/rules.ts';
import { PeopleRegister } from '../load/people-register.ts';
import { type UserProblem, validateUsers } from '../load/validate-users.ts';
import { bytes, number } from '../report/words.ts';
import type { ProcessContext } from './process-context.ts';

interface ValidateOptions {
  /** Problems printed. */
  readonly max: number;
  readonly json?: boolean;
}

/** `patronflow validate`: checks the files of one run, from whatever program, against Alma's rules. */
export async function validateCommand(
  files: readonly string[],
  { max, json }: ValidateOptions,
  context: ProcessContext,
): Promise<number> {
  const register = new PeopleRegister(false);
  const problems: UserProblem[] = [];
  const counts = { users: 0, error: 0, warning: 0 };
  const report = (problem: UserProblem) => {
    counts[problem.level] += 1;
    if (problems.length < max) problems.push(problem);
  };
  const limit = (file: string, message: string) => report({ file, line: 0, level: 'error', message });

  const zips = files.filter((file) => file.toLowerCase().endsWith('.zip'));
  if (zips.length > limits.zipsPerRun)
    limit('all files', `${zips.length} zips; Alma takes ${limits.zipsPerRun} in one run`);
  for (const file of files) {
    const path = resolve(context.workingDirectory, file);
    try {
      if (!zips.includes(file)) {
        counts.users += await validateUsers({ name: file, chunks: createReadStream(path) }, register, report);
        continue;
      }
      const { size } = await stat(path);
      if (size > limits.zipBytes) limit(file, `${bytes(size)}; Alma takes zips of up to 4 GB`);
      let xmlFiles = 0;
      for await (const entry of entriesOf(path)) {
        xmlFiles += 1;
        counts.users += await validateUsers(
          { name: `${file}:${entry.name}`, chunks: entry.content },
          register,
          report,
        );
      }
      if (xmlFiles > limits.xmlFilesPerZip)
        limit(file, `${xmlFiles} XML files; Alma takes ${limits.xmlFilesPerZip} in one zip`);
      if (xmlFiles === 0) limit(file, 'holds no XML file');
    } catch (cause) {
      if (cause instanceof PatronflowError) throw cause;
      throw new PatronflowError(
        'FILE_UNREADABLE',
        `${file} cannot be read (${systemCode(cause) || 'not a whole zip file'}).`,
        {
          hint: 'Check the path, and whether the file was copied as a whole.',
          cause,
        },
      );
    }
  }

  if (json) context.stdout.write(`${JSON.stringify({ ...counts, problems })}\n`);
  else {
    for (const { file, line, level, message } of problems)
      context.stdout.write(`${file}:${line}: ${level}: ${message}\n`);
    const found = counts.error + counts.warning;
    if (found > problems.length) context.stdout.write(`… and ${number(found - problems.length)} more\n`);
    context.stdout.write(
      `${number(counts.users)} users, ${number(counts.error)} errors, ${number(counts.warning)} warnings\n`,
    );
  }
  return counts.error > 0 ? 1 : 0;
}

/** The XML files of a zip, one after the other. */
async function* entriesOf(path: string): AsyncGenerator<{ name: string; content: Readable }> {
  // yauzl reports some broken zips only after it was opened; a file that does not start as a zip is told at once.
  const handle = await open(path, 'r');
  await handle.close();
  const zip = await yauzl.openPromise(path);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !entry.fileName.toLowerCase().endsWith('.xml')) continue;
      yield { name: basename(entry.fileName), content: await zip.openReadStreamPromise(entry) };
    }
  } finally {
    zip.close();
  }
}
