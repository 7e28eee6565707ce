import type { Command } from 'commander';
import type { BackfillPlanOptions, BackfillRunOptions } from './backfill.ts';
import type { BackfillResumeOptions, BackfillStatusOptions, BackfillWorkOptions } from './backfill-queue.ts';
import { config, type Done, envFile, json, now, queue, verbose, wholeNumber } from './options.ts';
import type { ProcessContext } from './process-context.ts';
import type { QueueOption } from './wire-queue.ts';

// The commands that send all patrons once: by a plan, or by a queue that many machines share.

export function addBackfill(program: Command, context: ProcessContext, done: Done): void {
  const backfill = program.command('backfill').description('send all patrons of Sierra once, in ranges');
  addPlan(backfill, context, done);
  addWork(backfill, context, done);
  addQueue(backfill, context, done);
}

function addPlan(backfill: Command, context: ProcessContext, done: Done): void {
  backfill
    .command('plan')
    .description("split Sierra's patrons into ranges and estimate the time; sends nothing")
    .addOption(config)
    .addOption(envFile)
    .option('--plan <place>', 'where to write the plan: a .json file, or its s3:// or sftp:// URL')
    .addOption(queue)
    .option(
      '--patrons <count>',
      'patrons of a range (default: 20000; in a queue, as many as this machine hashes in 4 seconds, from 1000 on)',
      wholeNumber,
    )
    .option('--at-once <count>', 'with --queue: ranges at a time, by all workers together', wholeNumber)
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: BackfillPlanOptions) => {
      const { backfillPlanCommand } = await import('./backfill.ts');
      done(await backfillPlanCommand(options, context));
    });
}

function addWork(backfill: Command, context: ProcessContext, done: Done): void {
  backfill
    .command('run')
    .description('send the ranges of a plan; resumes where an earlier run stopped')
    .addOption(config)
    .addOption(envFile)
    .requiredOption('--plan <place>', 'where the plan is')
    .option(
      '--range <part>',
      'a part of the ranges, such as 0/8 to 7/8; array jobs say it by their variables',
    )
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: BackfillRunOptions) => {
      const { backfillRunCommand } = await import('./backfill.ts');
      done(await backfillRunCommand(options, context));
    });
  backfill
    .command('work')
    .description(
      'work on the ranges of a queue, together with any number of other workers, until all are done',
    )
    .addOption(config)
    .addOption(envFile)
    .addOption(queue)
    .addOption(json)
    .addOption(verbose)
    .addOption(now)
    .action(async (options: BackfillWorkOptions) => {
      const { backfillWorkCommand } = await import('./backfill-queue.ts');
      done(await backfillWorkCommand(options, context));
    });
}

/** What an operator does with a queue while others work. */
function addQueue(backfill: Command, context: ProcessContext, done: Done): void {
  backfill
    .command('status')
    .description('show the progress of a queue, and the ranges set aside')
    .addOption(queue)
    .option('--report <file>', 'write it as an HTML page')
    .addOption(json)
    .action(async (options: BackfillStatusOptions) => {
      const { backfillStatusCommand } = await import('./backfill-queue.ts');
      done(await backfillStatusCommand(options, context));
    });
  backfill
    .command('pause')
    .description('pause a queue: workers finish their ranges and start no others')
    .addOption(queue)
    .action(async (options: QueueOption) => {
      const { backfillPauseCommand } = await import('./backfill-queue.ts');
      done(await backfillPauseCommand(options, context));
    });
  backfill
    .command('resume')
    .description('resume a paused queue')
    .addOption(queue)
    .option('--at-once <count>', 'ranges at a time from now on, by all workers together', wholeNumber)
    .action(async (options: BackfillResumeOptions) => {
      const { backfillResumeCommand } = await import('./backfill-queue.ts');
      done(await backfillResumeCommand(options, context));
    });
  backfill
    .command('retry')
    .description('queue the ranges that were set aside again')
    .addOption(queue)
    .action(async (options: QueueOption) => {
      const { backfillRetryCommand } = await import('./backfill-queue.ts');
      done(await backfillRetryCommand(options, context));
    });
}
