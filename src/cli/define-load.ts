import { type Command, Option } from 'commander';
import { checkCommand } from './check.ts';
import type { LoadOptions } from './open-load.ts';
import type { SessionOptions } from './open-session.ts';
import { addTo, config, type Done, envFile, json, now, verbose, wholeNumber } from './options.ts';
import type { PlanOptions } from './plan.ts';
import type { ProcessContext } from './process-context.ts';
import type { TestOptions } from './test-files.ts';
import { type ValidateOptions, validateCommand } from './validate.ts';

// The commands of a load and of its templates and files.

export function addLoad(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('load')
    .description('load people from the Data Warehouse into Alma')
    .addOption(config)
    .addOption(envFile)
    .option('--dry-run', 'do everything except deliver and mail; show what would be delivered and removed')
    .option('--group <name>', 'deliver this group only; may be given more than once', addTo)
    .option('--person <id>', 'print the XML of the person with this identifier, or why there is none')
    .option('--explain', 'with --person: show how each value was made; shows personal data')
    .option(
      '--limit <rows>',
      'read at most this many rows of each group; needs --dry-run or --out',
      wholeNumber,
    )
    .option('--out <directory>', 'write the files to a directory instead of delivering them; sends no mail')
    .option('--accept-drop', 'deliver despite the drop that the guard stops at, this once')
    .addOption(
      new Option(
        '--only <file>',
        'load the people of this corrected file of rejected rows; the source is not read',
      ).conflicts(['group', 'person', 'explain', 'limit', 'acceptDrop', 'held']),
    )
    .addOption(
      new Option(
        '--held <directory>',
        'deliver exactly the files that the guard held in this directory; the source is not read',
      ).conflicts(['group', 'person', 'explain', 'limit', 'out', 'acceptDrop']),
    )
    .option('--report <file>', 'write the report as an HTML page')
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .option('-t, --database_connection_test', 'the same as: patronflow check')
    .action(
      async ({
        database_connection_test: isTest,
        ...options
      }: LoadOptions & { database_connection_test?: boolean }) => {
        if (isTest) return done(await checkCommand('load', options, context));
        const { loadCommand } = await import('./load.ts');
        done(await loadCommand(options, context));
      },
    );
}

export function addPlan(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('plan')
    .description('say what a load would change for Alma; needs a roster, and delivers nothing')
    .addOption(config)
    .addOption(envFile)
    .option('--person <id>', 'show the old and new values of this primary id: personal data')
    .option('--csv <file>', 'write every change with its values to a file: personal data')
    .addOption(json)
    .addOption(now)
    .action(async (options: PlanOptions) => {
      const { planCommand } = await import('./plan.ts');
      done(await planCommand(options, context));
    });
}

export function addRoster(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('roster')
    .description('manage the roster: what Alma was last sent')
    .command('import')
    .description('make the first roster of the files that were delivered last')
    .argument('<files...>', 'their zip files')
    .addOption(config)
    .addOption(envFile)
    .addOption(now)
    .action(async (files: string[], options: SessionOptions) => {
      const { rosterImportCommand } = await import('./roster-import.ts');
      done(await rosterImportCommand(files, options, context));
    });
}

export function addTest(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('test')
    .description('fill the templates with the rows of their tests, and compare; reads no source')
    .addOption(config)
    .addOption(envFile)
    .option('--record', 'make a test of a real row instead; needs --person and --anonymize')
    .option('--person <id>', 'with --record: an identifier of the person')
    .option('--anonymize', 'with --record: replace letters with letters and digits with digits; keep codes')
    .addOption(json)
    .addOption(now)
    .action(async (options: TestOptions) => {
      const { testCommand } = await import('./test.ts');
      done(await testCommand(options, context));
    });
}

export function addValidate(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('validate')
    .description("check Alma user XML, or zips of it, against Alma's rules")
    .argument('<files...>', 'XML or zip files of one run')
    .option('--max <count>', 'print at most this many problems', wholeNumber, 100)
    .addOption(json)
    .addOption(now)
    .action(async (files: string[], options: ValidateOptions) =>
      done(await validateCommand(files, options, context)),
    );
}
