import type { LoadConfig } from '../config/load-schema.ts';
import { untilAborted } from '../core/abort.ts';
import { explainPerson, maxExplained } from '../load/explain-person.ts';
import type { RowSource } from '../load/ports.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { explainedText } from '../report/explain-text.ts';
import { type LoadOptions, type LoadSession, loadJobOf } from './open-load.ts';
import { printFile, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

/** `--person`: prints the XML of one person, or why there is none. Personal data, on the terminal of the person who asks. */
export async function explain(
  options: LoadOptions,
  { config, adapters, now }: LoadSession,
  context: ProcessContext,
): Promise<number> {
  const job = await untilAborted(context.signal, loadJobOf(options, config, now));
  const found = await withTables(adapters.source, config, context, () =>
    explainPerson(job, adapters, options.person ?? '', context.signal),
  );
  for (const each of found) {
    const text = explainedText(each, options.explain ?? false);
    if (each.outcome.kind === 'written') printFile(context.stdout, text);
    else printText(context.stdout, text);
  }
  if (found.length === maxExplained)
    printText(context.stdout, `These are the first ${maxExplained} rows; there may be more.`);
  if (found.length === 0)
    printText(
      context.stdout,
      'No row has this identifier. Check the value and the person column of the groups.',
    );
  return found.some(({ outcome }) => outcome.kind === 'written') ? 0 : 1;
}

/** Reads the tables of a source, where it has some, into a private folder that is removed again. */
export async function withTables<T>(
  source: RowSource,
  config: LoadConfig,
  context: ProcessContext,
  work: () => Promise<T>,
): Promise<T> {
  if (!source.tables) return work();
  const folder = await WorkFolder.make(config.work_directory, context);
  try {
    await source.tables.prepare(folder.path, new Date(), context.signal);
    return await work();
  } finally {
    await folder.remove();
  }
}
