import { type Command, Option } from 'commander';
import { type GeoBuildOptions, geoBuildCommand } from './geo-build.ts';
import { type GeoLookupOptions, geoLookupCommand } from './geo-lookup.ts';
import { config, type Done, envFile, json, now, verbose, wholeNumber } from './options.ts';
import type { PollOptions } from './poll.ts';
import type { ProcessContext } from './process-context.ts';
import type { ReconcileOptions } from './reconcile.ts';

// The commands of a poll and of its geocoding.

export function addPoll(program: Command, context: ProcessContext, done: Done): void {
  const poll = program
    .command('poll')
    .description('send patrons from Sierra, obfuscated and geocoded, to a stream of records')
    .addOption(config)
    .addOption(envFile)
    .option('--dry-run', 'do everything except send and save the checkpoint; addresses are geocoded')
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
    .description('compare how many patrons Sierra and the warehouse have, day by day')
    .addOption(config)
    .addOption(envFile)
    .option('--since <time>', 'compare days from this one on, not from the configured start')
    .option(
      '--hashes',
      'compare the record of each patron, too; with bcrypt this may take days, and it says so first',
    )
    .option(
      '--repair',
      'send again all patrons since the first day that differs, and compare once more; with --hashes, the patrons that differ',
    )
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

export function addGeo(program: Command, context: ProcessContext, done: Done): void {
  const geo = program.command('geo').description('find census tracts without sending an address anywhere');

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
