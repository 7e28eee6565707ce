import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { endOf, exitCodes, PatronflowError, stackOf } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import { safeText } from '../core/safe-text.ts';
import { addAlma } from './alma.ts';
import { checkCommand } from './check.ts';
import type { CheckOptions } from './check-part.ts';
import { type GeoBuildOptions, geoBuildCommand } from './geo-build.ts';
import { type GeoLookupOptions, geoLookupCommand } from './geo-lookup.ts';
import { initCommand } from './init.ts';
import type { LoadOptions } from './load.ts';
import type { SessionOptions } from './open-session.ts';
import type { PlanOptions } from './plan.ts';
import type { PollOptions } from './poll.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { hasLog, writeNotice } from './process-notices.ts';
import type { ReconcileOptions } from './reconcile.ts';
import type { TestOptions } from './test-files.ts';
import { type ValidateOptions, validateCommand } from './validate.ts';
import { version } from './version.ts';

const defaultConfig = 'patronflow.yaml';

const config = new Option('-c, --config <file>', 'configuration file, or preset:NAME').default(defaultConfig);
const envFile = new Option(
  '--env-file <file>',
  'file with NAME=value lines; the environment takes precedence',
);
const now = new Option(
  '--now <time>',
  "ISO time that the run is dated with, instead of the clock; without an offset UTC, for a poll the job's time zone",
).argParser(isoTime);
const json = new Option('--json', 'print JSON for programs');
const verbose = new Option('--verbose', 'show the log on a terminal too; elsewhere it always shows');

/** Takes the exit code of a command. */
type Done = (code: number) => void;

/** Runs a command line. @returns the exit code; docs/operations.md lists them */
export async function main(args: readonly string[], context: ProcessContext): Promise<number> {
  let code = 0;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.usage;
    const error = endOf(thrown, context.signal);
    const isStackShown = error.kind === 'bug' && /^debug$/i.test(context.environment.LOG_LEVEL ?? '');
    const lines = [error.message, error.hint, isStackShown ? stackOf(error) : ''];
    const text = lines.filter(Boolean).join('\n');
    if (hasLog(context.stderr)) writeNotice(context.stderr, 'error', text);
    else printText(context.stderr, text);
    return exitCodes[error.kind];
  }
}

/**
 * A job's own code is read when its command is called: that halves the start of the others, and a load also runs where
 * the optional packages of a poll are not installed.
 */
function createProgram(context: ProcessContext, done: Done): Command {
  const program = new Command('patronflow')
    .description("Moves a library's patron data.")
    .version(version)
    .configureOutput({
      writeOut: (text) => printText(context.stdout, text),
      writeErr: (text) => printText(context.stderr, text),
    });

  const commands = [
    addLoad,
    addPlan,
    addRoster,
    addAlmaWith,
    addPoll,
    addCheck,
    addTest,
    addValidate,
    addGeo,
    addInit,
    addDemo,
  ];
  for (const add of commands) add(program, context, done);
  for (const command of withChildren(program))
    command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

function addLoad(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('load')
    .description('load people from the Data Warehouse into Alma')
    .addOption(config)
    .addOption(envFile)
    .option('--dry-run', 'do all but deliver and mail; say what would be delivered and removed')
    .option('--group <name>', 'deliver this group only; may be given more than once', addTo)
    .option('--person <id>', 'print the XML of the person with this identifier, or why there is none')
    .option('--explain', 'with --person: how each value came about; shows personal data')
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
        'load the people of this file of rejected rows, mended by a person; the source is not read',
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

function addPlan(program: Command, context: ProcessContext, done: Done): void {
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

function addRoster(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('roster')
    .description('what Alma was last sent')
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

function addAlmaWith(program: Command, context: ProcessContext, done: Done): void {
  addAlma(program, context, done, { config, envFile, json, verbose, now });
}

function addPoll(program: Command, context: ProcessContext, done: Done): void {
  const poll = program
    .command('poll')
    .description('send patrons from Sierra, obfuscated and geocoded, to a stream of records')
    .addOption(config)
    .addOption(envFile)
    .option('--dry-run', 'do all but send and save the checkpoint; addresses are geocoded')
    .addOption(
      new Option('--mode <mode...>', 'only these patrons').choices(['new', 'updated', 'deleted'] as const),
    )
    .option('--max-batches <count>', 'make at most this many batches of each mode', wholeNumber)
    .option(
      '--since <time>',
      "start from this time (the job's time zone unless it says otherwise); the checkpoint moves only if no patron is left out",
    )
    .option('--accept-change', 'send despite the change that the guard stops at, this once')
    .option('--report <file>', 'write the report as an HTML page')
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: PollOptions) => {
      const { pollCommand } = await import('./poll.ts');
      done(await pollCommand(options, context));
    });
  // Options behind the name of the command are its own, not those of a poll.
  poll
    .enablePositionalOptions()
    .command('reconcile')
    .description('compare how many patrons Sierra and the warehouse have, day by day; changes nothing')
    .addOption(config)
    .addOption(envFile)
    .option('--since <time>', 'compare days from this one on, not from the configured start')
    .option('--report <file>', 'write the report as an HTML page')
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: ReconcileOptions, reconcile: Command) => {
      const { reconcileCommand } = await import('./reconcile.ts');
      // An option may stand before the word, too.
      const all = { ...options, ...givenIn(poll), ...givenIn(reconcile) };
      done(await reconcileCommand(all, context));
    });
}

/** The options that stand on the command line. */
function givenIn(command: Command): object {
  const isGiven = ([name]: [string, unknown]) => command.getOptionValueSource(name) === 'cli';
  return Object.fromEntries(Object.entries(command.opts()).filter(isGiven));
}

function addCheck(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('check')
    .description('validate the configuration and try every system; leaves all as it was')
    .argument('[job]', 'the job that the configuration is for')
    .addOption(config)
    .addOption(envFile)
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (job: string | undefined, options: CheckOptions) => {
      if (job !== undefined && job !== 'load' && job !== 'poll')
        throw new PatronflowError('USAGE', `There is no job ${safeText(job)}.`, {
          hint: 'The jobs are load and poll.',
        });
      done(await checkCommand(job ?? '', options, context));
    });
}

function addTest(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('test')
    .description('fill the templates with the rows of their tests, and compare; reads no source')
    .addOption(config)
    .addOption(envFile)
    .option('--record', 'make a test of a real row instead; needs --person and --anonymize')
    .option('--person <id>', 'with --record: an identifier of the person')
    .option('--anonymize', 'with --record: letters for letters and digits for digits; only codes stay')
    .addOption(json)
    .addOption(now)
    .action(async (options: TestOptions) => {
      const { testCommand } = await import('./test.ts');
      done(await testCommand(options, context));
    });
}

function addValidate(program: Command, context: ProcessContext, done: Done): void {
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

function addGeo(program: Command, context: ProcessContext, done: Done): void {
  const geo = program.command('geo').description('census tracts without sending an address anywhere');

  geo
    .command('build')
    .description("make an index of tracts from the Census Bureau's TIGER/Line files")
    .argument('<files...>', 'ADDRFEAT, FACES and FEATNAMES as .zip or .dbf, or folders of them')
    .requiredOption('--out <file>', 'where to write the index')
    .addOption(
      new Option(
        '--tracts <year>',
        'take the tracts of this census; by default, of the newest in the files',
      ).choices(['2020', '2010', '2000', 'current'] as const),
    )
    .addOption(json)
    .action(async (files: string[], options: GeoBuildOptions) =>
      done(await geoBuildCommand(files, options, context)),
    );

  geo
    .command('lookup')
    .description('look an address up in an index, and say why it was found or not')
    .argument('[address]', 'one address in one line')
    .requiredOption('--index <file>', 'the index to look in')
    .option('--csv <file>', 'look up every row of this file instead; prints how many were found')
    .option('--out <file>', 'with --csv: the rows with their tracts')
    .option('--columns <names>', 'with --csv: which column is which, such as street=ADDR1,zip=ZIP5')
    .addOption(json)
    .action(async (address: string | undefined, options: GeoLookupOptions) =>
      done(await geoLookupCommand(address, options, context)),
    );
}

function addInit(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('init')
    .description('write a configuration to start from')
    .argument('<job>', 'load or poll')
    .argument('[directory]', 'where to write it', '.')
    .option(
      '--from <files...>',
      'for load: files of people to look at; asks on a terminal for what they do not say',
    )
    .action(async (job: string, directory: string, { from }: { from?: readonly string[] }) =>
      done(await initCommand(job, directory, from ?? [], context)),
    );
}

function addDemo(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('demo')
    .description('run on invented people in an embedded PostgreSQL')
    .option('--out <directory>', 'where the files go', 'patronflow-demo')
    .option('--people <count>', 'how many people to invent', wholeNumber, 6000)
    .option('--seed <number>', 'another seed invents other people', wholeNumber, 1)
    .action(async (options: { out: string; people: number; seed: number }) => {
      const { demoCommand } = await import('./demo.ts');
      done(await demoCommand(options, context));
    });
}

function addTo(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('A whole number above 0.');
  return Number(text);
}

/** A time in text: which zone one without an offset is meant in, the job says. */
function isoTime(text: string): string {
  if (parseInstant(text, 'UTC') === null)
    throw new InvalidArgumentError('A time such as 2026-03-01T12:00:00Z.');
  return text;
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}
