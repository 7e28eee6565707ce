import { checkpoints } from '../adapters/checkpoints/index.ts';
import { objectStores } from '../adapters/objects/index.ts';
import type { LoadConfig } from '../config/load-schema.ts';
import { fingerprintOf } from '../core/fingerprint.ts';
import type { Checkpoint, ErrorReporter, Lease, Notice } from '../core/ports.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import { compileRules } from '../load/compile-rules.ts';
import { inputsOf } from '../load/inputs.ts';
import type { LoadGroup, LoadJob } from '../load/job.ts';
import type { ObjectStore, RejectsPlace, RowSource } from '../load/ports.ts';
import { type LeaversSettings, leaversGroup } from '../load/roster/leavers-settings.ts';
import { compileLeaversTemplate } from '../load/roster/leavers-template.ts';
import type { RosterSettings } from '../load/roster/roster-settings.ts';
import type { RunFacts } from '../load/template/functions/expression-function.ts';
import { compileTemplate } from '../load/template/user-template.ts';
import { readText } from './config-file.ts';
import type { Session } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { type Lookups, readLookups } from './read-lookups.ts';
import { wireRejects } from './wire-rejects.ts';
import { type WiredRoster, wireRoster } from './wire-roster.ts';
import {
  knownRisks,
  type Risk,
  type WiredMail,
  wireErrorReporter,
  wireLease,
  wireMails,
  wireNotices,
} from './wire-shared.ts';
import { relationOf, sourceRisks, wireSource } from './wire-tables.ts';

/** The adapters of a load, chosen by the URLs of its configuration. */
export interface LoadAdapters {
  readonly source: RowSource;
  readonly store: ObjectStore;
  /** The folder of a group, which may have its own. */
  readonly storeOf: (group: string) => ObjectStore;
  readonly ledger: Checkpoint<unknown>;
  /** Beside the ledger; null where the store has none. */
  readonly lease: Lease | null;
  /** Null where the job keeps none. */
  readonly roster: WiredRoster | null;
  /** Null where rejected rows are not written. */
  readonly rejects: RejectsPlace | null;
  readonly mails: readonly WiredMail[];
  readonly notices: readonly Notice[];
  readonly errorReporter: ErrorReporter | null;
  close(): Promise<void>;
}

/** Makes the adapters; drivers are loaded, and connections opened, when a run first uses them. */
export function wireAdapters(
  { config, now, placeOf, log }: Pick<Session<LoadConfig>, 'config' | 'now' | 'placeOf' | 'log'>,
  version: string,
  context: ProcessContext,
): LoadAdapters {
  const source = wireSource(config, now, placeOf);
  const store = objectStores.create({ url: config.deliver.to }, config.deliver);
  const stores = groupStores(config, store);
  const ledgerAt = { url: config.ledger?.at ?? ledgerBeside(config.deliver.to) };
  const ledgerBlocks = { ...config.deliver, ...config.ledger };
  const ledger = checkpoints.create(ledgerAt, ledgerBlocks);
  const lease = wireLease(ledgerAt, ledgerBlocks, context, (message) => log.warn(message));
  const roster = config.roster === 'none' ? null : wireRoster(ledgerAt.url, ledgerBlocks);
  const rejects = wireRejects(config, ledgerAt.url);
  const mails = wireMails(config.mail);
  const errorReporter = wireErrorReporter(config, version);
  return {
    source,
    store,
    storeOf: (group) => stores.get(group) ?? store,
    ledger,
    lease,
    roster,
    rejects,
    mails,
    notices: wireNotices(config),
    errorReporter,
    close: async () => {
      for (const adapter of [
        source,
        store,
        ...stores.values(),
        ledger,
        lease,
        roster,
        rejects?.store,
        ...mails.map(({ mailer }) => mailer),
      ])
        await adapter?.close();
    },
  };
}

/** Stores of groups that have their own. Groups with the same place share one, so that a swap sees all of its files. */
function groupStores(config: LoadConfig, main: ObjectStore): ReadonlyMap<string, ObjectStore> {
  const byUrl = new Map([[config.deliver.to, main]]);
  const stores = new Map<string, ObjectStore>();
  const leavers = { name: leaversGroup, deliver: config.leavers?.deliver };
  for (const { name, deliver } of [...config.groups, leavers]) {
    if (!deliver) continue;
    const store =
      byUrl.get(deliver.to) ?? objectStores.create({ url: deliver.to }, { ...config.deliver, ...deliver });
    byUrl.set(deliver.to, store);
    stores.set(name, store);
  }
  return stores;
}

/** Parts of the job that are less safe than they should be. */
export function risksOf(config: LoadConfig, { store, ledger }: LoadAdapters): readonly Risk[] {
  const at = { url: config.ledger?.at ?? ledgerBeside(config.deliver.to) };
  return knownRisks([
    ...sourceRisks(config),
    ['delivery', store.name, objectStores.risk({ url: config.deliver.to }, config.deliver)],
    ['ledger', ledger.name, checkpoints.risk(at, { ...config.deliver, ...config.ledger })],
  ]);
}

/** The ledger's place when none is configured: beside the folder that Alma reads, never in it. */
export function ledgerBeside(deliverTo: string): string {
  const folder = deliverTo.replace(/\/+$/, '');
  // A whole bucket or the root of a server has no neighbour; beside a home (`/~`) would be another user's.
  const isTop = /^(s3|sftp):\/\/[^/]+(\/~)?$/.test(folder);
  return isTop ? `${folder}/patronflow-ledger/ledger.json` : `${folder}-ledger/ledger.json`;
}

/** What a command adds to the configured job. */
export interface RunChoices {
  readonly now: Date;
  readonly onlyGroups?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
  readonly acceptDrop: boolean;
}

/** Reads and checks all files that the configuration names, and puts the job together. */
export async function wireJob(config: LoadConfig, choices: RunChoices): Promise<LoadJob> {
  const tables = await readLookups(config);
  const { lookups, repeatedKeys } = tables;
  const groups = [];
  for (const group of config.groups) groups.push(await wireGroup(group, config, choices.now, tables));
  return {
    title: config.report.title,
    groups,
    fileLimits: {
      brokenRecords: config.guard.max_broken_records,
      brokenLines: config.guard.max_broken_lines,
    },
    tableLimits: {
      minSize: Object.fromEntries(
        Object.entries(config.tables).map(([name, { min_size }]) => [name, min_size]),
      ),
      maxLeftOut: config.guard.max_left_out,
    },
    roster: config.roster === 'none' ? null : rosterSettings(config),
    leavers: config.leavers ? await leaversSettings(config.leavers, { now: choices.now, ...tables }) : null,
    what: config.deliver.what,
    allEveryDays: config.deliver.all_every_days,
    ignoredAlone: new Set(config.deliver.ignore_alone),
    lookups,
    repeatedKeys,
    afterReject: config.after_reject,
    values: config.values,
    root: config.output.root,
    usersPerFile: config.output.users_per_file,
    replace: config.deliver.replace,
    showsRowKeys: config.report.row_keys,
    retry: standardRetry,
    swapRetry: persistentRetry,
    ...choices,
  };
}

function rosterSettings({ guard, roster_keep_days }: LoadConfig): RosterSettings {
  return {
    keepDays: roster_keep_days,
    limits: {
      maxGone: guard.max_gone,
      maxMoved: guard.max_moved,
      maxLostIdentifiers: guard.max_lost_identifiers,
      maxSuperseded: guard.max_superseded,
      maxElementChange: guard.max_element_change,
      expected: guard.expected,
    },
  };
}

async function leaversSettings(
  leavers: NonNullable<LoadConfig['leavers']>,
  run: RunFacts,
): Promise<LeaversSettings> {
  const text = await readText(leavers.template);
  const { deliver: _, trial_runs, ...settings } = leavers;
  return {
    template: compileLeaversTemplate(leavers.template, text, run),
    fingerprint: fingerprintOf([settings, text]),
    afterDays: leavers.after_days,
    afterRuns: leavers.after_runs,
    maxShare: leavers.at_most.share,
    maxUsers: leavers.at_most.users,
    maxRejects: leavers.max_rejects,
    trialRuns: trial_runs,
    purgeAfterDays: leavers.purge_after_days,
  };
}

async function wireGroup(
  group: LoadConfig['groups'][number],
  config: LoadConfig,
  now: Date,
  { lookups, calendars, texts }: Lookups,
): Promise<LoadGroup> {
  const { name, table, columns, query, person, template, guard } = group;
  const text = await readText(template);
  const { required, allowed, values, output, after_reject } = config;
  const defaults = Object.values(config.lookups).map((lookup) => lookup.default);
  const settings = [
    table,
    columns,
    query,
    person,
    ...(Object.keys({ ...group.only_if, ...group.skip_if }).length > 0 ? [group.only_if, group.skip_if] : []),
    defaults,
    required,
    allowed,
    values,
    output.root,
    after_reject,
  ];
  return {
    name,
    relation: relationOf(group),
    person,
    template: compileTemplate(template, text, { now, lookups, calendars }, config),
    guard: {
      min_people: guard?.min_people ?? config.guard.min_people,
      max_value_loss: guard?.max_value_loss ?? config.guard.max_value_loss,
      max_code_loss: guard?.max_code_loss ?? config.guard.max_code_loss,
      unchanged: guard?.unchanged ?? config.guard.unchanged,
      max_newly_expired: guard?.max_newly_expired ?? config.guard.max_newly_expired,
    },
    rules: compileRules(group, { now, lookups, calendars }),
    inputs: inputsOf(settings, text, texts),
  };
}
