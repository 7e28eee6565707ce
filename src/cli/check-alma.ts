import type { LoadConfig } from '../config/load-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import { codeTables, incompleteTables } from '../load/alma/code-tables.ts';
import { type CodedElement, type CodedValue, codedElements } from '../load/coded-values.ts';
import type { LoadJob } from '../load/job.ts';
import type { AlmaCode } from '../load/ports.ts';
import { calledOf, findJob } from '../load/sis-job/find-job.ts';
import { counted } from '../report/words.ts';
import type { Looking } from './check-part.ts';
import { readText } from './config-file.ts';
import { type WiredAlma, wireAlma } from './wire-alma.ts';

/** Tries Alma's API, and compares the codes of templates and lookup tables with Alma's tables. */
export async function lookAtAlma(
  looking: Looking,
  config: LoadConfig,
  job: LoadJob | null,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const wired = wireAlma(config, log);
  if (!wired) return;
  const { look } = looking;
  const { alma, place, settings } = wired;
  try {
    if (!(await lookAtEnvironment(looking, config.workspace, wired, signal))) return;
    if (settings.after === 'start')
      await look('Alma key', alma.name, async () => {
        await alma.tryWriting(signal);
        return 'may start jobs';
      });
    for (const each of settings.jobs)
      await look('Alma job', calledOf(each), async () => {
        const found = await findJob(alma, each, signal);
        await alma.instances(found.id, new Date(), signal);
        return `is ${safeText(found.name)}, for ${each.groups.join(', ')}`;
      });
    if (settings.jobs.length > 0) await look('Alma note', place.name, () => place.check(signal));
    if (job) await lookAtCodes(looking, config, job, wired, signal);
  } finally {
    await wired.close();
  }
}

/** A test installation must not hold the key of production, nor the other way round. */
async function lookAtEnvironment(
  { look, warn }: Looking,
  workspace: string | undefined,
  { alma, settings }: WiredAlma,
  signal: AbortSignal,
): Promise<boolean> {
  let environment = '';
  const isThere = await look('Alma', alma.name, async () => {
    ({ environment } = await alma.facts(signal));
    const wanted = settings.environment;
    if (wanted !== null && environment !== wanted)
      throw new PatronflowError(
        'ALMA_UNFIT',
        `The key is of an Alma that calls itself ${environment || 'nothing'}, not ${wanted}.`,
        {
          hint: 'Set alma.key to the key of the right institution; or correct workspace or alma.environment.',
        },
      );
    return alma.check(signal);
  });
  if (isThere && environment === 'production' && workspace && settings.environment === null)
    warn(
      'Alma',
      alma.name,
      `The workspace is ${safeText(workspace)}, and the key is of production. Set alma.environment to say which is meant.`,
    );
  return isThere;
}

/** A finding for each table of Alma that the templates need. */
async function lookAtCodes(
  { look, warn }: Looking,
  config: LoadConfig,
  job: LoadJob,
  { alma }: WiredAlma,
  signal: AbortSignal,
): Promise<void> {
  for (const [table, values] of await valuesByTable(config, job)) {
    let known: readonly AlmaCode[] | null = null;
    const part = `Alma's ${table}`;
    await look(part, counted(values.length, 'code'), async () => {
      known = await alma.codes(table, signal);
      if (known === null) return 'not checked: Alma does not let this table be read';
      if (incompleteTables.includes(table)) return `compared with ${counted(known.length, 'code')}`;
      assertKnown(table, values, known);
      return 'all known to Alma';
    });
    if (known === null) continue;
    for (const text of doubts(table, values, known)) warn(part, counted(values.length, 'code'), text);
  }
}

/** Values of all templates, by Alma's table, each code once. */
async function valuesByTable(
  config: LoadConfig,
  { lookups }: LoadJob,
): Promise<ReadonlyMap<string, readonly CodedValue[]>> {
  const tables = new Map<string, Map<string, CodedValue>>();
  for (const { path, values } of await elementsOf(config, lookups)) {
    const table = codeTables[path] ?? '';
    const known = tables.get(table) ?? new Map<string, CodedValue>();
    for (const value of values) if (!known.has(value.code)) known.set(value.code, value);
    if (known.size > 0) tables.set(table, known);
  }
  return new Map([...tables].map(([table, values]) => [table, [...values.values()]]));
}

/** The coded elements of all templates. */
export async function elementsOf(
  { groups }: LoadConfig,
  lookups: LoadJob['lookups'],
): Promise<readonly CodedElement[]> {
  const elements: CodedElement[] = [];
  for (const file of new Set(groups.map(({ template }) => template))) {
    const name = file.split(/[\\/]/).at(-1) ?? file;
    elements.push(...codedElements(name, await readText(file), lookups));
  }
  return elements;
}

/** Codes listed; a wrong table has hundreds. */
const shownCodes = 20;

function assertKnown(table: string, values: readonly CodedValue[], known: readonly AlmaCode[]): void {
  const codes = known.map(({ code }) => code);
  const unknown = values.filter(({ code }) => !codes.includes(code));
  if (unknown.length === 0) return;
  const lines = unknown
    .slice(0, shownCodes)
    .map(({ code, place }) => `  "${safeText(code)}" (${safeText(place)})${didYouMean(code, codes)}`);
  const more = unknown.length - lines.length;
  throw new PatronflowError(
    'ALMA_CODES',
    [
      `${counted(unknown.length, 'code')} that ${table} of Alma lacks:`,
      ...lines,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ],
    { hint: 'Correct the template or the lookup table, or add the codes in Alma. Capitals count.' },
  );
}

/** What may be wrong: codes that are switched off, and campuses that no library has. */
function doubts(table: string, values: readonly CodedValue[], known: readonly AlmaCode[]): string[] {
  const quoted = (found: readonly CodedValue[]) =>
    found
      .slice(0, shownCodes)
      .map(({ code, place }) => `"${safeText(code)}" (${safeText(place)})`)
      .join(', ');
  const disabled = values.filter(({ code }) => known.some((each) => each.code === code && !each.isEnabled));
  const missing = incompleteTables.includes(table)
    ? values.filter(({ code }) => !known.some((each) => each.code === code))
    : [];
  return [
    ...(disabled.length > 0 ? [`Disabled in Alma: ${quoted(disabled)}.`] : []),
    ...(missing.length > 0 ? [`No library in Alma has the campus ${quoted(missing)}.`] : []),
  ];
}
