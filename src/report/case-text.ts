import { safeLines, safeText } from '../core/safe-text.ts';
import type { Difference } from '../load/cases/run-case.ts';
import { counted } from './words.ts';

/** What became of the cases of a file. */
export interface CaseResults {
  /** As messages call it. */
  readonly file: string;
  readonly cases: readonly {
    readonly title: string;
    readonly line: number;
    readonly differences: readonly Difference[];
  }[];
}

/** What came of testing templates, for a person. Values are those of the cases, which are invented. */
export function caseText(files: readonly CaseResults[], untested: readonly string[]): string {
  const lines = files.flatMap(({ file, cases }) => [safeText(file), ...cases.flatMap(caseLines), '']);
  for (const template of untested) lines.push(`${safeText(template)} has no tests.`);
  const all = files.flatMap(({ cases }) => cases);
  const failed = all.filter(({ differences }) => differences.length > 0).length;
  lines.push(`${counted(all.length, 'test')}, ${failed} failed.`);
  return safeLines(lines);
}

function caseLines({ title, line, differences }: CaseResults['cases'][number]): string[] {
  const name = safeText(title);
  if (differences.length === 0) return [`  ok      ${name}`];
  return [`  FAILED  ${name} (line ${line})`, ...differences.flatMap(differenceLines)];
}

function differenceLines({ what, expected, got }: Difference): string[] {
  return [
    `            ${safeText(what)}`,
    `              expected  ${valuesText(expected)}`,
    `              got       ${valuesText(got)}`,
  ];
}

/** Blanks at the ends would not be seen. */
function valuesText(values: readonly string[]): string {
  if (values.length === 0) return 'nothing: the element is left out';
  return values
    .map((value) => (/^\s|\s$|^$/.test(value) ? JSON.stringify(value) : safeText(value)))
    .join(' | ');
}
