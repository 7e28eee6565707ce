import type { Command } from 'commander';
import type { AlmaCodesOptions } from './alma-codes.ts';
import type { AlmaWatchOptions } from './alma-watch.ts';
import { config, type Done, envFile, json, now, verbose } from './options.ts';
import type { ProcessContext } from './process-context.ts';

/** `patronflow alma`: its commands ask Alma itself. */
export function addAlma(program: Command, context: ProcessContext, done: Done): void {
  const alma = program.command('alma').description("ask Alma's API; docs/alma.md says what it needs");
  alma
    .command('watch')
    .description('watch the job that loads the last delivery and report its result; starts no job')
    .addOption(config)
    .addOption(envFile)
    .option('--once', 'look once, and do not wait')
    .option('--report <file>', 'write the result as an HTML page')
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: AlmaWatchOptions) => {
      const { almaWatchCommand } = await import('./alma-watch.ts');
      done(await almaWatchCommand(options, context));
    });
  alma
    .command('codes')
    .description("print Alma's codes for the elements of the templates, as `allowed` for the configuration")
    .addOption(config)
    .addOption(envFile)
    .option(
      '--out <directory>',
      'write them to files instead, with a lookup table for each that a template uses',
    )
    .addOption(verbose)
    .action(async (options: AlmaCodesOptions) => {
      const { almaCodesCommand } = await import('./alma-codes.ts');
      done(await almaCodesCommand(options, context));
    });
}
