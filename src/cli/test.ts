import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { MappingConfig } from '../config/load-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { dateOf, parseInstant } from '../core/instant.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { parseCases, type TemplateCase } from '../load/cases/parse-cases.ts';
import { runCase, unknownColumns } from '../load/cases/run-case.ts';
import { compileTemplate, type UserTemplate } from '../load/template/user-template.ts';
import { type CaseResults, caseText } from '../report/case-text.ts';
import { readText } from './config-file.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { type Lookups, readLookups } from './read-lookups.ts';
import { readMapping } from './read-mapping.ts';
import { recordTest } from './record-test.ts';
import { casesFileOf, type TestOptions } from './test-files.ts';

/** `patronflow test`: fills templates with the rows of their tests. @returns 1 where a user is not what is expected */
export async function testCommand(options: TestOptions, context: ProcessContext): Promise<number> {
  if (options.record) return recordTest(options, context);
  if (options.person !== undefined || options.anonymize)
    throw new PatronflowError('USAGE', '--person and --anonymize belong to --record.', {
      hint: 'Add --record, or leave them out.',
    });
  const config = await readMapping(options, context);
  const tables = await readLookups(config);
  const asked = options.now === undefined ? null : parseInstant(options.now, 'UTC');
  const now = asked === null ? new Date() : dateOf(asked);
  const shown = (file: string) => relative(context.workingDirectory, file) || file;

  const results: CaseResults[] = [];
  const untested: string[] = [];
  for (const template of new Set(config.groups.map((group) => group.template))) {
    const file = casesFileOf(template);
    if (existsSync(file))
      results.push({ file: shown(file), cases: await runCases(file, template, { config, tables, now }) });
    else untested.push(shown(template));
  }
  if (results.length === 0) throw noTests(untested);
  if (options.json) printJson(context.stdout, { files: results, untested });
  else printText(context.stdout, caseText(results, untested));
  return results.some(({ cases }) => cases.some(({ differences }) => differences.length > 0)) ? 1 : 0;
}

function noTests([first = '', ...others]: readonly string[]): PatronflowError {
  const all = others.length === 0 ? `${first} has no tests` : 'No template has tests';
  return new PatronflowError('USAGE', `${all}: there is no ${casesFileOf(first)}.`, {
    hint: 'docs/template-tests.md shows how to write one; --record makes one from a real row.',
  });
}

/** What all cases of a configuration share. */
interface CaseSetting {
  readonly config: MappingConfig;
  readonly tables: Lookups;
  /** For cases that have no time of their own. */
  readonly now: Date;
}

/** @throws PatronflowError CASES_INVALID */
async function runCases(
  file: string,
  templateFile: string,
  setting: CaseSetting,
): Promise<CaseResults['cases']> {
  const { config } = setting;
  const cases = parseCases(await readText(file), file);
  const text = await readText(templateFile);
  const compiled = new Map<number, UserTemplate>();
  const templateAt = (now: Date): UserTemplate => {
    const template =
      compiled.get(now.getTime()) ?? compileTemplate(templateFile, text, { now, ...setting.tables }, config);
    compiled.set(now.getTime(), template);
    return template;
  };
  const persons = config.groups.flatMap(({ template, person }) => (template === templateFile ? person : []));
  refuseUnknownColumns(file, persons, cases, templateAt(cases[0]?.now ?? setting.now));
  const results: CaseResults['cases'][number][] = [];
  for (const each of cases) {
    const { title, line, expected } = each;
    const user =
      expected.kind === 'file' ? await readText(resolve(dirname(file), expected.file), expected.file) : null;
    const differences = runCase(each, templateAt(each.now ?? setting.now), config.values, user);
    results.push({ title, line, differences });
  }
  return results;
}

function refuseUnknownColumns(
  file: string,
  persons: readonly string[],
  cases: readonly TemplateCase[],
  { columns, file: template }: UserTemplate,
): void {
  const names = columns.map(({ name }) => name);
  const problems = cases.flatMap((each) =>
    unknownColumns(each, columns, persons).map(
      (name) => `  - line ${each.line}: the template names no column ${name}${didYouMean(name, names)}`,
    ),
  );
  if (problems.length === 0) return;
  throw new PatronflowError('CASES_INVALID', [`The tests in ${file} do not fit ${template}:`, ...problems], {
    hint: 'A row of a test has columns that its template names.',
  });
}
