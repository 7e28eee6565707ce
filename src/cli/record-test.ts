import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { dayOf } from '../core/clock.ts';
import { PatronflowError } from '../core/errors.ts';
import { recordCase, withCase } from '../load/cases/record-case.ts';
import { explainPerson } from '../load/explain-person.ts';
import { readText } from './config-file.ts';
import { withTables } from './explain.ts';
import { openLoad } from './open-load.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { readLookups } from './read-lookups.ts';
import { casesFileOf, type TestOptions } from './test-files.ts';
import { wireJob } from './wire-load.ts';

/** As fine as `Math.random`, and not to be foretold: what is invented must not lead back to a person. */
const random = (): number => randomInt(2 ** 47) / 2 ** 47;

/** `patronflow test --record`: makes a test of a real row, with invented values. */
export async function recordTest(options: TestOptions, context: ProcessContext): Promise<number> {
  if (options.person === undefined || !options.anonymize)
    throw new PatronflowError(
      'USAGE',
      '--record makes a test of the row of one person, and invents its values.',
      {
        hint: 'Add --person with an identifier, and --anonymize. Real values do not belong into a file of tests.',
      },
    );
  if (options.config.startsWith('preset:'))
    throw new PatronflowError('USAGE', `The tests of ${options.config} are part of patronflow.`, {
      hint: 'Copy the files of the preset to a directory of your own, and name the configuration there.',
    });
  const { config, adapters, now } = await openLoad(options, context);
  try {
    const job = await wireJob(config, { now, dryRun: true, acceptDrop: false });
    const key = options.person;
    const found = await withTables(adapters.source, config, context, () =>
      explainPerson(job, adapters, key, context.signal),
    );
    const person = found.find(({ outcome }) => outcome.kind === 'written') ?? found[0];
    if (!person) {
      printText(
        context.stdout,
        'No row has this identifier. Check the value and the person column of the groups.',
      );
      return 1;
    }
    const { template, name } = person.group;
    const file = casesFileOf(template.file);
    const before = existsSync(file) ? await readText(file) : null;
    const title = titleFor(`${name}, recorded on ${dayOf(new Date())}`, before ?? '');
    const columns = new Set(template.columns.map((column) => column.name));
    const row = Object.fromEntries(Object.entries(person.values).filter(([column]) => columns.has(column)));
    const run = { now, ...(await readLookups(config)) };
    const recording = { title, person: person.place.key ?? '', values: config.values, random };
    const { recorded, faresAlike } = recordCase(row, template, run, recording);
    await writeFile(file, withCase(before, file, recorded));
    printText(
      context.stdout,
      `Wrote the test "${title}" to ${relative(context.workingDirectory, file)}. Its values are invented, except codes: read it before you keep it.`,
    );
    if (!faresAlike)
      printText(
        context.stdout,
        'The invented row gives a different result than the real one. Check which conditions the template sets on its values, and edit the test.',
      );
    return 0;
  } finally {
    await adapters.close();
  }
}

/** A title that the file does not have. */
function titleFor(title: string, text: string): string {
  for (let count = 1; ; count += 1) {
    const numbered = count === 1 ? title : `${title} (${count})`;
    if (!text.includes(`${numbered}\n`)) return numbered;
  }
}
