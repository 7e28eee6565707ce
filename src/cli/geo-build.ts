import { resolve } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeLines, safeText } from '../core/safe-text.ts';
import { readTiger, type TigerSummary, type TractYear } from '../geo/read-tiger.ts';
import { findTigerFiles, type TigerFile } from '../geo/tiger-files.ts';
import type { IndexDescription } from '../geo/tract-index.ts';
import { writeIndex } from '../geo/write-index.ts';
import { bytes, number } from '../report/words.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface GeoBuildOptions {
  readonly out: string;
  readonly tracts?: TractYear;
  readonly json?: boolean;
}

/** `patronflow geo build`: makes an index of census tracts from files of TIGER/Line. */
export async function geoBuildCommand(
  paths: readonly string[],
  { out, tracts, json }: GeoBuildOptions,
  context: ProcessContext,
): Promise<number> {
  const from = (path: string) => resolve(context.workingDirectory, path);
  const { files, others } = await untilAborted(
    context.signal,
    findTigerFiles(paths.map(from), context.signal),
  );
  const reading = readTiger(files, tracts ?? null, context.signal);
  const { index, summary } = await untilAborted(context.signal, reading);
  context.signal.throwIfAborted();
  if (index.about.ranges === 0) {
    throw new PatronflowError('FILE_UNREADABLE', 'No range could be used, so there is no index.', {
      hint: `${problemLines(summary).join('; ') || 'ADDRFEAT has no numbers'}. Are FACES of the same counties and the same year?`,
    });
  }
  const size = await writeIndex(from(out), index);
  const result = { file: out, bytes: size, ...index.about, ...summary, files: files.length, others };
  if (json) printJson(context.stdout, result);
  else printText(context.stdout, buildText(files, others, summary, index.about, out, size));
  return 0;
}

const kinds = { addrfeat: 'ADDRFEAT', faces: 'FACES', featnames: 'FEATNAMES' } as const;

function buildText(
  files: readonly TigerFile[],
  others: readonly string[],
  summary: TigerSummary,
  about: IndexDescription,
  out: string,
  size: number,
): string {
  const lines = Object.entries(kinds).map(([kind, title]) => {
    const these = files.filter((file) => file.kind === kind);
    const rows = these.reduce((sum, { length }) => sum + length, 0);
    return `${title.padEnd(10)} ${counted(these.length, 'file')}, ${number(rows)} rows`;
  });
  lines.push(...others.map((path) => `Not used   ${safeText(path)}: not one of these tables`));
  lines.push(
    '',
    `Sides with house numbers: ${number(summary.sides)}, of which used: ${number(summary.used)}`,
  );
  lines.push(...problemLines(summary).map((line) => `  not used: ${line}`));
  if (summary.aliases > 0)
    lines.push(`  ${number(summary.aliases)} other names of their streets from FEATNAMES`);
  lines.push(
    '',
    `${out}: ${number(about.ranges)} ranges of ${countiesText(about.counties)}, ${bytes(size)}`,
    `TIGER/Line ${about.tiger.filter(Boolean).join(', ') || 'of an unknown year'}, tracts of ${about.tracts}`,
  );
  if (about.tiger.length > 1)
    lines.push('Files of several years were mixed: an address may lie in a range of an old year.');
  return safeLines(lines);
}

/** Counties that are named; of a state they would fill the screen. */
const namedCounties = 10;

function countiesText(counties: readonly string[]): string {
  if (counties.length === 1) return `1 county (${counties[0]})`;
  const names = counties.length > namedCounties ? '' : ` (${counties.join(', ')})`;
  return `${number(counties.length)} counties${names}`;
}

function counted(count: number, thing: string): string {
  return `${number(count)} ${thing}${count === 1 ? '' : 's'}`;
}

const problemTexts: Readonly<Record<keyof TigerSummary['problems'], string>> = {
  no_zip: 'no ZIP',
  mixed_parity: 'from odd to even or from even to odd, but not marked as holding both',
  not_numeric: 'house numbers that do not form a range',
  no_face: 'the face is in no FACES file: add those of the neighbouring counties',
  no_name: 'no street name',
};

function problemLines({ problems }: TigerSummary): string[] {
  return Object.entries(problems).map(
    ([problem, count]) => `${number(count)} ${problemTexts[problem as keyof typeof problemTexts]}`,
  );
}
