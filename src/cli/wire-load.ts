import type { LoadConfig } from '../config/load-schema.ts';
import type { StoreConfig } from '../config/schema-parts.ts';
import type { Checkpoint, ErrorReporter, Lease, Mailer } from '../core/ports.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import { inputsOf } from '../load/inputs.ts';
import type { LoadJob } from '../load/job.ts';
import { type LookupTable, LookupTables, parseLookupTable } from '../load/lookup-tables.ts';
import type { ObjectStore, RowSource } from '../load/ports.ts';
import { compileTemplate } from '../load/template/user-template.ts';
import { readText } from './config-file.ts';
import type { ProcessContext } from './process-context.ts';
import { wireErrorReporter, wireMail } from './wire-notices.ts';
import { s3Options, s3Place, sftpOptions, sftpPath, wireCheckpoint, wireLease } from './wire-stores.ts';

/** The adapters of a load, chosen by the URLs of its configuration. */
export interface LoadAdapters {
  readonly source: RowSource;
  readonly store: ObjectStore;
  readonly ledger: Checkpoint<unknown>;
  /** Beside the ledger; null where the store has none. */
  readonly lease: Lease | null;
  readonly mail: Mailer | null;
  readonly errorReporter: ErrorReporter | null;
  close(): Promise<void>;
}

/** Only the adapters that the job uses are loaded: the drivers of the others would double the start and the memory. */
export async function wireAdapters(
  config: LoadConfig,
  version: string,
  context: ProcessContext,
): Promise<LoadAdapters> {
  const source = await wireSource(config.source);
  const store = await wireStore(config.deliver.to, config.deliver);
  const ledgerAt = config.ledger?.at ?? ledgerBeside(config.deliver.to);
  const ledgerStore = { ...config.deliver, ...config.ledger };
  const ledger = await wireCheckpoint(ledgerAt, ledgerStore);
  const lease = await wireLease(ledgerAt, ledgerStore, context);
  const mail = await wireMail(config.mail);
  const errorReporter = await wireErrorReporter(config, version);
  return {
    source,
    store,
    ledger,
    lease,
    mail,
    errorReporter,
    close: async () => {
      for (const adapter of [source, store, ledger, lease, mail]) await adapter?.close();
    },
  };
}

async function wireSource(settings: LoadConfig['source']): Promise<RowSource> {
  const { url, user, password } = settings;
  const timeouts = {
    connectTimeoutMs: settings.connect_timeout_seconds * 1000,
    callTimeoutMs: settings.call_timeout_seconds * 1000,
  };
  if (url.startsWith('csv:')) {
    const { createCsvRows } = await import('../adapters/rows/csv.ts');
    return createCsvRows({ directory: url.slice('csv:'.length) });
  }
  if (url.startsWith('oracle:')) {
    const { hostname, port, pathname } = new URL(url);
    const { createOracleRows } = await import('../adapters/rows/oracle.ts');
    return createOracleRows({
      host: hostname,
      port: Number(port || 1521),
      service: pathname.slice(1) || undefined,
      sid: settings.oracle?.sid,
      clientDirectory: settings.oracle?.client_directory,
      user: user ?? '',
      password: password ?? '',
      ...timeouts,
    });
  }
  const { createPostgresRows } = await import('../adapters/rows/postgres.ts');
  return createPostgresRows({
    url,
    user,
    password,
    tls: settings.postgres?.tls ?? 'verify-full',
    caFile: settings.postgres?.ca_file,
    ...timeouts,
  });
}

async function wireStore(url: string, settings: StoreConfig): Promise<ObjectStore> {
  if (url.startsWith('file:')) {
    const { createFolderObjects } = await import('../adapters/objects/folder.ts');
    return createFolderObjects({ directory: url.slice('file:'.length) });
  }
  if (url.startsWith('s3:')) {
    const { bucket, key } = s3Place(url);
    const { createS3Objects } = await import('../adapters/objects/s3.ts');
    return createS3Objects({ ...s3Options(settings), bucket, prefix: key });
  }
  const { createSftpObjects } = await import('../adapters/objects/sftp.ts');
  return createSftpObjects({ ...sftpOptions(url, settings), directory: sftpPath(url) });
}

/** The ledger's place when none is configured: beside the folder that Alma reads, never in it. */
export function ledgerBeside(deliverTo: string): string {
  const folder = deliverTo.replace(/\/+$/, '');
  const isWholeBucket = /^s3:\/\/[^/]+$/.test(folder);
  return isWholeBucket ? `${folder}/patronflow-ledger/ledger.json` : `${folder}-ledger/ledger.json`;
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
  const maps = new Map<string, LookupTable>();
  const texts: Record<string, string> = {};
  const repeatedKeys: Record<string, readonly string[]> = {};
  for (const [name, { file, default: fallback = '' }] of Object.entries(config.lookups)) {
    const text = await readText(file);
    texts[name] = text;
    const { values, doubled } = parseLookupTable(text, file);
    maps.set(name, { values, fallback });
    if (doubled.length > 0) repeatedKeys[name] = doubled;
  }
  const lookups = new LookupTables(maps);
  const run = { now: choices.now, lookups };
  const { required, allowed, values, output } = config;
  const defaults = Object.values(config.lookups).map((table) => table.default);
  const groups = [];
  for (const { name, table, columns, query, person, template, guard } of config.groups) {
    const text = await readText(template);
    const settings = [table, columns, query, person, defaults, required, allowed, values, output.root];
    groups.push({
      name,
      relation: { group: name, table, columns, query },
      person,
      template: compileTemplate(template, text, run, config),
      guard: {
        min_people: guard?.min_people ?? config.guard.min_people,
        max_value_loss: guard?.max_value_loss ?? config.guard.max_value_loss,
        max_code_loss: guard?.max_code_loss ?? config.guard.max_code_loss,
        unchanged: guard?.unchanged ?? config.guard.unchanged,
      },
      inputs: inputsOf(settings, text, texts),
    });
  }
  return {
    title: config.report.title,
    groups,
    lookups,
    repeatedKeys,
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
