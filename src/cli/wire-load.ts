import { posix } from 'node:path';
import type { SftpOptions } from '../adapters/clients/sftp.ts';
import type { LoadConfig, StoreConfig } from '../core/config/load-schema.ts';
import type { Alarm, Checkpoint, Mailer, ObjectStore, RowSource } from '../core/ports.ts';
import { standardRetry, swapRetry } from '../core/retry.ts';
import { urlPart } from '../core/url-part.ts';
import { type CodeMap, CodeMaps, parseCodes } from '../load/codes.ts';
import type { LoadJob } from '../load/job.ts';
import { compileTemplate } from '../load/template/user-template.ts';
import { readText } from './config-file.ts';

/** The adapters of a load, chosen by the URLs of its configuration. */
export interface LoadAdapters {
  readonly source: RowSource;
  readonly store: ObjectStore;
  readonly ledger: Checkpoint<unknown>;
  readonly mail: Mailer | null;
  readonly alarm: Alarm | null;
  close(): Promise<void>;
}

/** Only the adapters that the job uses are loaded: the drivers of the others would double the start and the memory. */
export async function wireAdapters(config: LoadConfig, version: string): Promise<LoadAdapters> {
  const source = await wireSource(config.source);
  const store = await wireStore(config.deliver.to, config.deliver);
  const ledger = await (config.ledger
    ? wireLedger(config.ledger.at, { ...config.deliver, ...config.ledger })
    : wireLedger(ledgerBeside(config.deliver.to), config.deliver));
  const mail = await wireMail(config.mail);
  const alarm = await wireAlarm(config, version);
  return {
    source,
    store,
    ledger,
    mail,
    alarm,
    close: async () => {
      for (const adapter of [source, store, ledger, mail]) await adapter?.close();
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
    const { createCsvRows } = await import('../adapters/rows-csv.ts');
    return createCsvRows({ directory: url.slice('csv:'.length) });
  }
  if (url.startsWith('oracle:')) {
    const { hostname, port, pathname } = new URL(url);
    const { createOracleRows } = await import('../adapters/rows-oracle.ts');
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
  const { createPostgresRows } = await import('../adapters/rows-postgres.ts');
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
    const { createFolderObjects } = await import('../adapters/objects-folder.ts');
    return createFolderObjects({ directory: url.slice('file:'.length) });
  }
  if (url.startsWith('s3:')) {
    const { bucket, key } = s3Place(url);
    const { createS3Objects } = await import('../adapters/objects-s3.ts');
    return createS3Objects({ ...s3Options(settings), bucket, prefix: key });
  }
  const { createSftpObjects } = await import('../adapters/objects-sftp.ts');
  return createSftpObjects({ ...sftpOptions(url, settings), directory: sftpPath(url) });
}

async function wireLedger(url: string, settings: StoreConfig): Promise<Checkpoint<unknown>> {
  if (url.startsWith('file:')) {
    const { createFileCheckpoint } = await import('../adapters/checkpoint-file.ts');
    return createFileCheckpoint({ path: url.slice('file:'.length) });
  }
  if (url.startsWith('s3:')) {
    const { createS3Checkpoint } = await import('../adapters/checkpoint-s3.ts');
    return createS3Checkpoint({ ...s3Options(settings), ...s3Place(url) });
  }
  const { createSftpCheckpoint } = await import('../adapters/checkpoint-sftp.ts');
  return createSftpCheckpoint({ ...sftpOptions(url, settings), path: sftpPath(url) });
}

/** The ledger's place when none is configured: beside the folder that Alma reads, never in it. */
export function ledgerBeside(deliverTo: string): string {
  const folder = deliverTo.replace(/\/+$/, '');
  const isWholeBucket = /^s3:\/\/[^/]+$/.test(folder);
  return isWholeBucket ? `${folder}/patronflow-ledger/ledger.json` : `${folder}-ledger/ledger.json`;
}

async function wireMail(settings: LoadConfig['mail']): Promise<Mailer | null> {
  if (settings === 'none' || !settings.from || !settings.to) return null;
  const { protocol, hostname, port } = new URL(settings.via);
  if (protocol === 'ses:') {
    const { createSesMail } = await import('../adapters/mail-ses.ts');
    return createSesMail({ region: hostname, endpoint: settings.endpoint });
  }
  const implicitTls = protocol === 'smtps:';
  const { createSmtpMail } = await import('../adapters/mail-smtp.ts');
  return createSmtpMail({
    host: hostname,
    port: Number(port || (implicitTls ? 465 : 587)),
    implicitTls,
    tls: settings.tls,
    user: settings.user,
    password: settings.password,
  });
}

async function wireAlarm({ sentry, workspace }: LoadConfig, version: string): Promise<Alarm | null> {
  if (sentry.dsn === undefined || sentry.dsn.toLowerCase() === 'none') return null;
  const { createSentryAlarm } = await import('../adapters/alarm-sentry.ts');
  return createSentryAlarm({ dsn: sentry.dsn, environment: workspace, release: `patronflow@${version}` });
}

function s3Place(url: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? [];
  return { bucket, key };
}

function s3Options({ s3 }: StoreConfig) {
  return { region: s3?.region ?? 'us-east-1', endpoint: s3?.endpoint, kmsKey: s3?.kms_key };
}

function sftpOptions(url: string, { sftp }: StoreConfig): SftpOptions {
  const { hostname, port, username } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 22),
    user: urlPart(username),
    password: sftp?.password,
    privateKeyFile: sftp?.private_key_file,
    passphrase: sftp?.passphrase,
    hostKey: sftp?.host_key ?? '',
  };
}

/** `sftp://user@host/~/incoming` is a path below the user's home, as it is elsewhere. */
function sftpPath(url: string): string {
  const path = posix.normalize(urlPart(new URL(url).pathname));
  return path.startsWith('/~/') ? path.slice(3) : path;
}

/** What a command adds to the configured job. */
export interface RunChoices {
  readonly now: Date;
  readonly onlyGroup?: string | undefined;
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
  readonly acceptDrop: boolean;
}

/** Reads and checks all files that the configuration names, and puts the job together. */
export async function wireJob(config: LoadConfig, choices: RunChoices): Promise<LoadJob> {
  const maps = new Map<string, CodeMap>();
  const doubledCodes: Record<string, readonly string[]> = {};
  for (const [name, { file, default: fallback = '' }] of Object.entries(config.codes)) {
    const { values, doubled } = parseCodes(await readText(file), file);
    maps.set(name, { values, fallback });
    if (doubled.length > 0) doubledCodes[name] = doubled;
  }
  const codes = new CodeMaps(maps);
  const run = { now: choices.now, codes };
  const groups = [];
  for (const { name, table, columns, query, person, template, guard } of config.groups) {
    groups.push({
      name,
      relation: { group: name, table, columns, query },
      person,
      template: compileTemplate(template, await readText(template), run, config),
      guard: {
        min_people: guard?.min_people ?? config.guard.min_people,
        max_value_loss: guard?.max_value_loss ?? config.guard.max_value_loss,
      },
    });
  }
  return {
    title: config.report.title,
    groups,
    codes,
    doubledCodes,
    values: config.values,
    root: config.output.root,
    usersPerFile: config.output.users_per_file,
    replace: config.deliver.replace,
    showsRowKeys: config.report.row_keys,
    retry: standardRetry,
    swapRetry,
    ...choices,
  };
}

/** Everything in a configuration that must never be seen: passwords, passphrases, and those inside URLs. */
export function secretsOf(config: LoadConfig): string[] {
  const secrets: string[] = [];
  const walk = (node: unknown, key: string): void => {
    if (typeof node === 'string') {
      if (/^(password|passphrase|dsn)$/.test(key) && node !== 'none') secrets.push(node);
      const inUrl = /^[a-z0-9+]+:\/\/[^/@]*:([^@]*)@/.exec(node)?.[1];
      if (inUrl) secrets.push(inUrl, urlPart(inUrl));
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) walk(child, name);
    }
  };
  walk(config, '');
  return secrets;
}
