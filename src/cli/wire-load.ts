import { posix } from 'node:path';
import { createSentryAlarm } from '../adapters/alarm-sentry.ts';
import { createFileCheckpoint } from '../adapters/checkpoint-file.ts';
import { createS3Checkpoint } from '../adapters/checkpoint-s3.ts';
import { createSftpCheckpoint } from '../adapters/checkpoint-sftp.ts';
import type { SftpOptions } from '../adapters/clients/sftp.ts';
import { createSesMail } from '../adapters/mail-ses.ts';
import { createSmtpMail } from '../adapters/mail-smtp.ts';
import { createFolderObjects } from '../adapters/objects-folder.ts';
import { createS3Objects } from '../adapters/objects-s3.ts';
import { createSftpObjects } from '../adapters/objects-sftp.ts';
import { createCsvRows } from '../adapters/rows-csv.ts';
import { createOracleRows } from '../adapters/rows-oracle.ts';
import { createPostgresRows } from '../adapters/rows-postgres.ts';
import type { LoadConfig, StoreConfig } from '../core/config/load-schema.ts';
import type { Alarm, Checkpoint, Mailer, ObjectStore, RowSource } from '../core/ports.ts';
import { standardRetry } from '../core/retry.ts';
import { type CodeMap, CodeMaps, parseCodes } from '../load/codes.ts';
import type { LoadJob } from '../load/run.ts';
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

export function wireAdapters(config: LoadConfig, version: string): LoadAdapters {
  const source = wireSource(config.source);
  const store = wireStore(config.deliver.to, config.deliver);
  const ledger = config.ledger
    ? wireLedger(config.ledger.at, config.ledger)
    : wireLedger(ledgerBeside(config.deliver.to), config.deliver);
  const mail = wireMail(config.mail);
  const { dsn } = config.sentry;
  const isWatched = dsn !== undefined && dsn.toLowerCase() !== 'none';
  const alarm = isWatched
    ? createSentryAlarm({ dsn, environment: config.workspace, release: `patronflow@${version}` })
    : null;
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

function wireSource(settings: LoadConfig['source']): RowSource {
  const { url, user, password } = settings;
  const timeouts = {
    connectTimeoutMs: settings.connect_timeout_seconds * 1000,
    callTimeoutMs: settings.call_timeout_seconds * 1000,
  };
  if (url.startsWith('csv:')) return createCsvRows({ directory: url.slice('csv:'.length) });
  if (url.startsWith('oracle:')) {
    const { hostname, port, pathname } = new URL(url);
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
  return createPostgresRows({
    url,
    user,
    password,
    tls: settings.postgres?.tls ?? 'verify-full',
    caFile: settings.postgres?.ca_file,
    ...timeouts,
  });
}

function wireStore(url: string, settings: StoreConfig): ObjectStore {
  if (url.startsWith('file:')) return createFolderObjects({ directory: url.slice('file:'.length) });
  if (url.startsWith('s3:')) {
    const { bucket, key } = s3Place(url);
    return createS3Objects({ ...s3Options(settings), bucket, prefix: key });
  }
  return createSftpObjects({ ...sftpOptions(url, settings), directory: sftpPath(url) });
}

function wireLedger(url: string, settings: StoreConfig): Checkpoint<unknown> {
  if (url.startsWith('file:')) return createFileCheckpoint({ path: url.slice('file:'.length) });
  if (url.startsWith('s3:')) return createS3Checkpoint({ ...s3Options(settings), ...s3Place(url) });
  return createSftpCheckpoint({ ...sftpOptions(url, settings), path: sftpPath(url) });
}

/** The ledger's place when none is configured: beside the folder that Alma reads, never in it. */
export function ledgerBeside(deliverTo: string): string {
  const folder = deliverTo.replace(/\/+$/, '');
  const isWholeBucket = /^s3:\/\/[^/]+$/.test(folder);
  return isWholeBucket ? `${folder}/patronflow-ledger/ledger.json` : `${folder}-ledger/ledger.json`;
}

function wireMail(settings: LoadConfig['mail']): Mailer | null {
  if (settings === 'none' || !settings.from || !settings.to) return null;
  const { protocol, hostname, port } = new URL(settings.via);
  if (protocol === 'ses:') return createSesMail({ region: hostname, endpoint: settings.endpoint });
  const implicitTls = protocol === 'smtps:';
  return createSmtpMail({
    host: hostname,
    port: Number(port || (implicitTls ? 465 : 587)),
    implicitTls,
    tls: settings.tls,
    user: settings.user,
    password: settings.password,
  });
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
    user: decodeURIComponent(username),
    password: sftp?.password,
    privateKeyFile: sftp?.private_key_file,
    passphrase: sftp?.passphrase,
    hostKey: sftp?.host_key ?? '',
  };
}

/** `sftp://user@host/~/incoming` is a path below the user's home, as it is elsewhere. */
function sftpPath(url: string): string {
  const path = posix.normalize(decodeURIComponent(new URL(url).pathname));
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
    ...choices,
  };
}

/** Everything in a configuration that must never be seen: passwords, passphrases, and those inside URLs. */
export function secretsOf(config: LoadConfig): string[] {
  const secrets: string[] = [];
  const walk = (node: unknown, key: string): void => {
    if (typeof node === 'string') {
      if (/^(password|passphrase|dsn)$/.test(key)) secrets.push(node);
      const inUrl = /^[a-z0-9+]+:\/\/[^/@]*:([^@]*)@/.exec(node)?.[1];
      if (inUrl) secrets.push(inUrl, decodeURIComponent(inUrl));
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) walk(child, name);
    }
  };
  walk(config, '');
  return secrets;
}
