import type { Instant } from '../core/instant.ts';
import type { Log } from '../core/log.ts';
import type { Checkpoint, Lease } from '../core/ports.ts';
import type { RetryPolicy } from '../core/retry.ts';
import type { Cursors } from './cursor.ts';
import type { PatronInfoEncoder } from './encode-patron-info.ts';
import type { GeocodingCascade } from './geocode.ts';
import type { PostalCodeForm } from './make-patron-info.ts';
import type { Obfuscator } from './obfuscate.ts';
import type { PatronMode, PatronSource, RecordSink, Warehouse } from './ports.ts';

/** One run of the job: which patrons, and how. */
export interface PollJob {
  readonly title: string;
  readonly now: Date;
  /** Whether `now` was asked for; otherwise the server's clock is compared with ours. */
  readonly isReplay: boolean;
  /** In order; a patron of an earlier mode is not sent again by a later one. */
  readonly modes: readonly PatronMode[];
  /** Where days begin and times of the checkpoint are written. */
  readonly zone: string;
  /** Patrons changed less than this long ago wait for the next run: their transaction may still be open. */
  readonly safetyLagMs: number;
  /** Patrons read at a time. */
  readonly pageSize: Readonly<Record<PatronMode, number>>;
  /** Patrons read of a mode at most. */
  readonly maxPatrons: Readonly<Record<PatronMode, number>>;
  /** Where to begin when there is no checkpoint. */
  readonly start: Cursors;
  /** Where to begin instead of at the checkpoint. */
  readonly since: Instant | null;
  readonly postalCode: PostalCodeForm;
  /** What becomes of patrons whose address could not be asked about because the geocoder was down. */
  readonly onOutage: 'stop' | 'send';
  readonly dryRun: boolean;
  /** Lets a share that has fallen pass, this once. */
  readonly acceptChange: boolean;
  readonly retry: RetryPolicy;
  readonly persistentRetry: RetryPolicy;
}

export interface PollPorts {
  readonly source: PatronSource;
  /** Null where nothing is known of earlier records. */
  readonly warehouse: Warehouse | null;
  readonly obfuscator: Obfuscator;
  readonly cascade: GeocodingCascade;
  readonly encoder: PatronInfoEncoder;
  /** None: the records are encoded and go nowhere. */
  readonly sinks: readonly RecordSink[];
  /** Null where the run starts from the configured times and leaves no trace. */
  readonly checkpoint: Checkpoint<unknown> | null;
  readonly lease: Lease | null;
  readonly log: Log;
  readonly onProgress?: (mode: string, read: number) => void;
}

/** What a batch needs of the run around it. */
export interface BatchContext {
  readonly job: PollJob;
  readonly ports: PollPorts;
  readonly signal: AbortSignal;
}
