import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { FileSource } from '../feeds/ports.ts';
import { readTable } from '../feeds/read-table.ts';
import { Questions } from '../init/ask.ts';
import { planJob } from '../init/plan-job.ts';
import { readSample, type Sample } from '../init/read-sample.ts';
import {
  hasUnlistedGroup,
  jobText,
  lookupText,
  type PeopleFeed,
  type WrittenJob,
} from '../init/write-job.ts';
import { templateText } from '../init/write-template.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { recordTest } from './record-test.ts';
import { openTerminal } from './terminal.ts';
import { wireFolder } from './wire-tables.ts';
import { wroteLines } from './wrote-lines.ts';

/** `patronflow init load --from`: looks at files of people and writes the job that loads them. */
export async function initFrom(
  files: readonly string[],
  directory: string,
  context: ProcessContext,
): Promise<number> {
  const { workingDirectory, stdout, signal } = context;
  const paths = await pathsOf(files, workingDirectory);
  const target = resolve(workingDirectory, directory);
  const folder = dirname(paths[0] ?? target);
  const source = wireFolder(folder);
  const samples: Sample[] = [];
  for (const path of paths) {
    const sample = await readSample(source, path, signal);
    samples.push(sample);
    printText(stdout, sampleText(sample));
  }
  const terminal = openTerminal(context);
  const questions = new Questions(terminal);
  const shown = relative(target, folder) || '.';
  const job = await planJob(samples, shown.startsWith('.') ? shown : `./${shown}`, questions).finally(() =>
    terminal?.close(),
  );
  const written = await writeJob(job, target);
  for (const feed of job.people) await writeTest(feed, source, target, context);
  printText(stdout, nextText(job, written, relative(workingDirectory, target) || '.'));
  return 0;
}

/** @throws PatronflowError USAGE */
async function pathsOf(files: readonly string[], workingDirectory: string): Promise<string[]> {
  const paths = files.map((file) => resolve(workingDirectory, file));
  for (const path of paths) {
    const found = await stat(path).catch((error) => {
      throw new PatronflowError('USAGE', `${safeText(path)} cannot be read (${systemCode(error)}).`, {
        hint: 'Name the files of people after --from.',
      });
    });
    if (!found.isFile())
      throw new PatronflowError('USAGE', `${safeText(path)} is not a file.`, {
        hint: 'Name the files after --from.',
      });
  }
  if (new Set(paths.map(dirname)).size > 1)
    throw new PatronflowError('USAGE', 'The files lie in several folders.', {
      hint: 'Put them into one folder, or write sources by hand: docs/feeds.md shows how.',
    });
  return paths;
}

/** Writes all files, or none when one of them is there already. @returns their names */
async function writeJob(job: WrittenJob, target: string): Promise<string[]> {
  const texts = new Map([['patronflow.yaml', jobText(job)]]);
  for (const [name, codes] of job.codes) texts.set(`${name}.csv`, lookupText(codes));
  for (const feed of job.people)
    texts.set(`${feed.group}.xml`, templateText(feed.group, feed.mapping, feed.lookups, unusedOf(feed)));
  const taken = [...texts.keys()].filter((name) => existsSync(join(target, name)));
  if (taken.length > 0)
    throw new PatronflowError('USAGE', `${target} already has ${taken.join(', ')}; nothing was written.`, {
      hint: 'Name another directory.',
    });
  await mkdir(target, { recursive: true });
  for (const [name, text] of texts) await writeFile(join(target, name), text, { flag: 'wx' });
  return [...texts.keys()];
}

/** Makes a test of the first person of a feed, with invented values. A feed without people, or with groups that may be names, has none. */
async function writeTest(
  { sample, mapping, lookups }: PeopleFeed,
  source: FileSource,
  target: string,
  context: ProcessContext,
): Promise<void> {
  // A recorded test keeps the user group as it stands, and here that may be a name.
  if (hasUnlistedGroup({ mapping, lookups })) return;
  const key = await firstKey(sample, mapping.person, source, context.signal);
  if (key === '') return;
  const quiet = { ...context, stdout: { write: () => {} }, stderr: { write: () => {} } };
  const options = { config: join(target, 'patronflow.yaml'), record: true, person: key, anonymize: true };
  await recordTest(options, quiet);
}

async function firstKey(
  sample: Sample,
  person: string,
  source: FileSource,
  signal: AbortSignal,
): Promise<string> {
  for await (const { columns, rows } of readTable(
    source.read(sample.name, signal),
    sample.name,
    sample.format,
  )) {
    const at = columns.findIndex((name) => name.toLowerCase() === person.toLowerCase());
    const found = rows.map((row) => row[at]?.trim() ?? '').find((value) => value !== '');
    if (found !== undefined) return found;
  }
  return '';
}

/** Columns of which the template makes nothing. */
function unusedOf({ sample, mapping }: PeopleFeed): string[] {
  const { group, expiry } = mapping;
  const used = new Set([
    mapping.person,
    mapping.primaryId,
    mapping.barcode,
    ...('column' in group ? [group.column] : []),
    ...('column' in expiry ? [expiry.column.name] : []),
    ...[...mapping.roles.values()].map(({ column }) => column.name),
  ]);
  return sample.columns.map(({ name }) => name).filter((name) => !used.has(name));
}

function sampleText({ name, written, columns, rows, unreadable, hasHeader }: Sample): string {
  const how = written.length > 0 ? written.join(', ') : 'CSV in UTF-8';
  const names = hasHeader ? '' : ', which it does not name';
  const bad = unreadable > 0 ? `, ${unreadable} rows that cannot be read` : '';
  return `${safeText(name)}: ${how}; ${columns.length} columns${names}; ${rows.toLocaleString('en-US')} rows${bad}`;
}

function nextText(
  { people, joined, decisions }: WrittenJob,
  written: readonly string[],
  where: string,
): string {
  const guesses = people.flatMap(({ group, mapping }) =>
    [...mapping.roles].map(
      ([role, { column, why }]) => `  ${group}: ${safeText(column.name)} is the ${spelt(role)}: ${why}`,
    ),
  );
  const unlisted = people
    .filter(hasUnlistedGroup)
    .map(
      ({ group }) =>
        `  ${group}: the values of the user group may be names. None was written down, and no test was recorded; patronflow.yaml says what to do.`,
    );
  return [
    '',
    'Guessed:',
    ...guesses,
    ...joined.map(({ table, key }) => `  ${table} is joined by ${safeText(key)}`),
    ...decisions
      .filter(({ isAsked }) => !isAsked)
      .map(({ question, answer }) => `  ${question} ${safeText(answer)}`),
    ...unlisted,
    '',
    ...wroteLines(
      `${written.join(', ')}${unlisted.length < people.length ? ', and tests of templates,' : ''}`,
      where,
      'Look at them, then:',
    ),
    '  patronflow check',
    '  patronflow load --out try',
    '  patronflow validate try/*.zip',
    '  patronflow test',
    '',
  ].join('\n');
}

/** `postalCode` is the postal code. */
function spelt(role: string): string {
  return role.replace(/[A-Z0-9]/g, (sign) => ` ${sign.toLowerCase()}`);
}
