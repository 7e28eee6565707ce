/**
 * The ports: all that the pipelines know of the outside world. An adapter is one file in src/adapters that
 * implements one of them for one system; docs/adding-an-adapter.md shows the way.
 *
 * Glossary
 * - person: a row of the source and what becomes of it; user: the person in Alma's words.
 * - group: the people of one query, loaded with one template; groups come in order of precedence.
 * - identifier: a value that names one user in the whole of Alma (primary id, barcode, institution's id).
 * - user group: Alma's name for the kind of patron that decides loan rules. Not a group in the sense above.
 * - row key: the value of the column that identifies a person. Personal data: shown only where a setting allows it.
 * - stage: to bring a file into the store where its reader cannot see it yet; publish: to make it visible at once.
 * - ledger: counts of the last delivered run, which the guard compares with.
 * - patron: a person in Sierra; address: the one of a patron's addresses that counts; address hash: what is left of
 *   id and address when they were obfuscated.
 * - geoid: the 11 digits of a census tract: state (2), county (3), tract (6).
 * - warehouse: the table of PatronInfo records sent so far, as its readers keep it.
 * - cursor: how far the patrons were read, a time and an id; checkpoint: the place where cursors are kept.
 * - sink: where records go.
 */
import type { AwsCredentials } from './aws-credentials.ts';
import type { Claimant } from './lease.ts';
import { descriptor, urlDescriptor } from './registry.ts';

/** What every adapter can do. */
export interface Adapter {
  /** The system and the place, without secrets, for messages: `s3://bucket/prefix`. */
  readonly name: string;
  /**
   * Connects and looks. A store, a ledger and a checkpoint also prove that they can be written. Leaves all as it was.
   * @returns what it found, one sentence for a person
   * @throws PatronflowError with a hint, when the system could not be used as configured
   */
  check(signal: AbortSignal): Promise<string>;
  /** Lets go of connections. May be called twice, and before anything was opened. */
  close(): Promise<void>;
}

/** A small JSON document that outlives a run: load's ledger, poll's cursor. */
export interface Checkpoint<C> extends Adapter {
  /** @returns null when none was ever saved */
  load(signal: AbortSignal): Promise<C | null>;
  /** Replaces the document as a whole; a reader sees the old one or the new one. */
  save(document: C): Promise<void>;
}

export interface Message {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer extends Adapter {
  send(message: Message): Promise<void>;
}

/** Tells the people who watch for failures, if there are any. Never throws. */
export interface ErrorReporter {
  report(error: { readonly code: string; readonly message: string }): Promise<void>;
}

/** `problems`: the exit code is not 0; `failure`: the run ended with an error. */
export type RunLevel = 'good' | 'problems' | 'failure';

/** What is told of a run outside of the building: counts and names of errors, no personal data. */
export interface EndedRun {
  readonly level: RunLevel;
  /** A sentence or two for people. */
  readonly text: string;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Tells people or services of runs besides mail. */
export interface Notice {
  /** With the host, for messages; the rest of its address is a secret. */
  readonly name: string;
  readonly when: 'always' | 'problems' | 'failure';
  /** Whether it is told when a run begins. */
  readonly tellsStart: boolean;
  /** @throws PatronflowError NOTICE_REFUSED or NOTICE_UNREACHABLE */
  started(): Promise<void>;
  /** @throws PatronflowError NOTICE_REFUSED or NOTICE_UNREACHABLE */
  ended(run: EndedRun): Promise<void>;
}

/** Keeps a second run of the same job away. Ends by itself when the run that holds it no longer renews it. */
export interface Lease extends Adapter {
  /** How long it lasts that is not renewed, in milliseconds: as long as a run that died keeps others away. */
  readonly lastsMs: number;
  /** @throws PatronflowError RUN_IN_PROGRESS when another run holds it */
  acquire(signal: AbortSignal): Promise<void>;
  /** @throws PatronflowError LEASE_LOST when another run took it over */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** A place in a store: `s3://bucket/key`, `sftp://user@host/path`, `file:/path`. */
export interface StoreSettings {
  readonly url: string;
  readonly credentials?: AwsCredentials | undefined;
  /** Whether files are for the user alone, not for the user's group: on disks and SFTP servers. */
  readonly isPrivate?: boolean | undefined;
}

/** A database, and how long it is waited for. */
export interface DatabaseSettings {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
}

export interface LeaseSettings extends StoreSettings {
  readonly claimant: Claimant;
}

export interface MailSettings {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export interface ErrorReporterSettings {
  readonly environment?: string | undefined;
  readonly release: string;
}

/** How the files of adapters describe themselves; core/registry.ts says what is in a descriptor. */
export const checkpointAdapter = urlDescriptor<Checkpoint<unknown>, StoreSettings>();
export const leaseAdapter = urlDescriptor<Lease, LeaseSettings>();
export const mailAdapter = urlDescriptor<Mailer, MailSettings>();
export const noticeAdapter = descriptor<Notice, object>();
export const errorReporterAdapter = descriptor<ErrorReporter | null, ErrorReporterSettings>();
