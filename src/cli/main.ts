import { Command, CommanderError } from 'commander';
import { endOf, exitCodes, PatronflowError, stackOf } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { checkCommand } from './check.ts';
import type { CheckOptions } from './check-part.ts';
import { addAlma } from './define-alma.ts';
import { addBackfill } from './define-backfill.ts';
import { addLoad, addPlan, addRoster, addTest, addValidate } from './define-load.ts';
import { addGeo, addPoll } from './define-poll.ts';
import { initCommand } from './init.ts';
import { config, type Done, envFile, json, now, verbose, wholeNumber } from './options.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { hasLog, writeNotice } from './process-notices.ts';
import { version } from './version.ts';

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
    addAlma,
    addPoll,
    addBackfill,
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

function addCheck(program: Command, context: ProcessContext, done: Done): void {
  program
    .command('check')
    .description('validate the configuration and test every system; changes nothing')
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

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}
