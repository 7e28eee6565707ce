import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { loadSchema } from '../config/load-schema.ts';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { codeTables, incompleteTables } from '../load/alma/code-tables.ts';
import type { AlmaCode } from '../load/ports.ts';
import { counted } from '../report/words.ts';
import { elementsOf } from './check-alma.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import { printFile, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { readLookups } from './read-lookups.ts';
import { wireAlma } from './wire-alma.ts';

export interface AlmaCodesOptions extends SessionOptions {
  readonly out?: string;
}

/**
 * `patronflow alma codes`: Alma's codes for the elements of the templates, as a block `allowed` for the configuration, and as lookup
 * tables of which only the left column is still to be written.
 */
export async function almaCodesCommand(options: AlmaCodesOptions, context: ProcessContext): Promise<number> {
  const { workingDirectory, signal, stdout, stderr } = context;
  const session = await openSession({ pipeline: 'load', schema: loadSchema }, options, context);
  const { config, log } = session;
  const wired = wireAlma(config, log);
  if (!wired)
    throw new PatronflowError('USAGE', 'The configuration has no block alma, so Alma cannot be asked.', {
      hint: 'Give its url and key; docs/alma.md shows how.',
    });
  try {
    const { lookups } = await readLookups(config);
    const elements = await elementsOf(config, lookups);
    const allowed: Record<string, string[]> = {};
    const stubs = new Map<string, string>();
    for (const path of new Set(elements.map((each) => each.path))) {
      const table = codeTables[path] ?? '';
      const codes = await wired.alma.codes(table, signal);
      if (codes === null) {
        printText(stderr, `${path}: Alma does not let the table ${table} be read.`);
        continue;
      }
      const enabled = codes.filter(({ isEnabled }) => isEnabled);
      if (!incompleteTables.includes(table)) allowed[path] = enabled.map(({ code }) => code);
      for (const name of elements.filter((each) => each.path === path).flatMap((each) => each.lookups))
        stubs.set(name, stubOf(enabled));
    }
    const text = stringify({ allowed });
    if (options.out === undefined) printFile(stdout, text);
    else {
      const folder = resolve(workingDirectory, options.out);
      const files = new Map([
        ['allowed.yaml', text],
        ...[...stubs].map(([name, stub]) => [`${fileName(name)}.csv`, stub] as const),
      ]);
      await writeNew(folder, files);
      printText(
        stdout,
        `Wrote ${counted(files.size, 'file')} to ${folder}: ${[...files.keys()].join(', ')}.`,
      );
    }
    return 0;
  } finally {
    await wired.close();
  }
}

/** A lookup table with Alma's codes on the right, and on the left what stands for them, to be replaced by the source's own codes. */
function stubOf(codes: readonly AlmaCode[]): string {
  return codes.map(({ code, description }) => `${quoted(description || code)},${quoted(code)}\n`).join('');
}

const quoted = (text: string): string => `"${safeText(text).replaceAll('"', '""')}"`;

/** The name of a lookup table as that of a file. */
const fileName = (name: string): string => name.replace(/[^\w-]/g, '_');

/** Files that are there are never replaced: a person may have filled them in. */
async function writeNew(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFile(path, text, { flag: 'wx' }).catch((cause) => {
      if (systemCode(cause) !== 'EEXIST') throw cause;
      throw new PatronflowError('USAGE', `${path} is there already.`, {
        hint: 'Name an empty folder; what is written there is never replaced.',
        cause,
      });
    });
  }
}
