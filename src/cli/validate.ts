import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { itemsUntilAborted, untilAborted } from '../core/abort.ts';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { dateOf, parseInstant } from '../core/instant.ts';
import { safeLines, safeText } from '../core/safe-text.ts';
import { limits } from '../load/alma/rules.ts';
import { PeopleRegister } from '../load/people-register.ts';
import { isZip, otherFormatOf, readZip } from '../load/read-zip.ts';
import { type UserProblem, type ValidateRun, validateUsers } from '../load/validate-users.ts';
import { bytes, counted, countedWere, number } from '../report/words.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface ValidateOptions {
  /** Problems printed. */
  readonly max: number;
  readonly json?: boolean;
  /** A time; the command line has checked that it is one. */
  readonly now?: string;
}

/** `patronflow validate`: checks the files of one run, made by any program, against Alma's rules. */
export async function validateCommand(
  files: readonly string[],
  { max, json, now }: ValidateOptions,
  context: ProcessContext,
): Promise<number> {
  const found = new FoundProblems(max);
  const asked = now === undefined ? null : parseInstant(now, 'UTC');
  const run = {
    register: new PeopleRegister(false),
    now: asked === null ? new Date() : dateOf(asked),
    report: found.add.bind(found),
  };
  let users = 0;
  let zips = 0;
  for (const file of files) {
    const path = resolve(context.workingDirectory, file);
    const checking = untilAborted(context.signal, validateFile(file, path, run, context.signal));
    const checked = await checking.catch((cause) => {
      if (context.signal.aborted || systemCode(cause) === '') throw cause;
      throw new PatronflowError(
        'FILE_UNREADABLE',
        `${safeText(file)} cannot be read (${systemCode(cause)}).`,
        {
          hint: 'Check the path and the right to read it.',
          cause,
        },
      );
    });
    users += checked.users;
    if (checked.isZip) zips += 1;
  }
  if (zips > limits.zipsPerRun)
    found.add({
      file: 'all files',
      line: 0,
      level: 'error',
      message: `${countedWere(zips, 'zip')} given; Alma accepts ${limits.zipsPerRun} in one run`,
    });
  if (json) printJson(context.stdout, { users, ...found.counts, problems: found.shown });
  else printText(context.stdout, found.text(users));
  return found.counts.error > 0 ? 1 : 0;
}

/** Checks an XML file, or all those in a zip. @returns how many users they have */
async function validateFile(
  file: string,
  path: string,
  run: ValidateRun,
  signal: AbortSignal,
): Promise<{ users: number; isZip: boolean }> {
  const shown = safeText(file);
  const complain = (name: string, message: string) =>
    run.report({ file: name, line: 0, level: 'error', message });
  let users = 0;
  const validate = async (name: string, chunks: AsyncIterable<Buffer>) => {
    const untilStop = itemsUntilAborted(signal, chunks);
    users += await validateUsers({ name, chunks: untilStop, hasChecksum: name !== shown }, run);
  };
  const about = await stat(path);
  // What was read of a pipe to tell its kind would be missing afterwards.
  if (about.isFile() && (await isZip(path))) {
    if (about.size > limits.zipBytes)
      complain(shown, `has ${bytes(about.size)}; Alma accepts zips of up to 4 GB`);
    await readZip(
      path,
      ({ name, chunks }) => validate(`${shown}:${name}`, chunks),
      (name, message) => complain(name === '' ? shown : `${shown}:${name}`, message),
    );
    return { users, isZip: true };
  }
  if (file.toLowerCase().endsWith('.zip'))
    complain(shown, `is not a zip file: it is ${await otherFormatOf(path)}`);
  else await validate(shown, createReadStream(path));
  return { users, isZip: false };
}

/** Counts all problems and keeps those that are shown: errors first, so that warnings never hide one. */
class FoundProblems {
  readonly counts = { error: 0, warning: 0 };
  readonly #max: number;
  readonly #kept: Record<UserProblem['level'], UserProblem[]> = { error: [], warning: [] };

  constructor(max: number) {
    this.#max = max;
  }

  add(problem: UserProblem): void {
    this.counts[problem.level] += 1;
    const kept = this.#kept[problem.level];
    if (kept.length < this.#max) kept.push(problem);
  }

  get shown(): readonly UserProblem[] {
    return [...this.#kept.error, ...this.#kept.warning].slice(0, this.#max);
  }

  text(users: number): string {
    const { error, warning } = this.counts;
    const { shown } = this;
    const lines = shown.map(
      ({ file, line, level, message }) => `${file}:${line === 0 ? '' : `${line}:`} ${level}: ${message}`,
    );
    const hidden = error + warning - shown.length;
    if (hidden > 0) lines.push(`… and ${number(hidden)} more`);
    lines.push(`${counted(users, 'user')}, ${counted(error, 'error')}, ${counted(warning, 'warning')}`);
    return safeLines(lines);
  }
}
