import { readFileSync } from 'node:fs';
import type { PatronflowError } from '../../../src/core/errors.ts';
import type { Log, LogFacts } from '../../../src/core/log.ts';
import type { Adapter, Checkpoint } from '../../../src/core/ports.ts';
import { createEncoder } from '../../../src/poll/encode-patron-info.ts';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import type { PollJob, PollPorts } from '../../../src/poll/job.ts';
import type { Obfuscator } from '../../../src/poll/obfuscate.ts';
import type {
  EncodedRecord,
  Geocoder,
  GeocodingAddress,
  GeocodingOutcome,
  KnownAddress,
  PatronInfo,
  RecordSink,
  Warehouse,
} from '../../../src/poll/ports.ts';
import { memorySierra } from './memory-sierra.ts';

// The ports of a poll over arrays: what the systems promise, without the systems.

export const schema: unknown = JSON.parse(
  readFileSync(new URL('../../../presets/patron-info-poller/patron-info.avsc', import.meta.url), 'utf8'),
);

const encoder = createEncoder(schema, 'preset');

const adapter = (name: string): Adapter => ({ name, check: async () => '', close: async () => {} });

export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly facts: LogFacts;
}

export function memoryLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Log) =>
    (message: string, facts: LogFacts = {}) =>
      void lines.push({ level, message, facts });
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** Something that happens at calls: counts them, and may throw. */
export type Fault = (call: number) => void;

/** A sink that takes all or nothing, unless `before` or `after` throws. */
export interface MemorySink extends RecordSink {
  readonly batches: PatronInfo[][];
  before: Fault;
  after: Fault;
}

export function memorySink(name = 'sink'): MemorySink {
  let calls = 0;
  const sink: MemorySink = {
    ...adapter(name),
    batches: [],
    before: () => {},
    after: () => {},
    open: async () => {},
    write: async (records: readonly EncodedRecord[]) => {
      calls += 1;
      // A turn of the loop, so that a call that wants to overtake can.
      await new Promise((resolve) => setImmediate(resolve));
      sink.before(calls);
      sink.batches.push(records.map(({ info }) => info as PatronInfo));
      sink.after(calls);
    },
  };
  return sink;
}

/** The newest record of a key counts, as the port has it. */
export interface MemoryWarehouse extends Warehouse {
  readonly records: PatronInfo[];
  readonly asked: string[];
}

export function memoryWarehouse(records: PatronInfo[] = []): MemoryWarehouse {
  const look = <T>(
    what: string,
    keys: readonly string[],
    entry: (key: string, newestFirst: readonly PatronInfo[]) => T | null,
  ): ReadonlyMap<string, T> => {
    asked.push(what);
    const newestFirst = records.toReversed();
    return new Map(
      keys.flatMap((key) => {
        const found = entry(key, newestFirst);
        return found === null ? [] : [[key, found] as const];
      }),
    );
  };
  const asked: string[] = [];
  return {
    ...adapter('warehouse'),
    records,
    asked,
    byAddressHash: async (hashes) =>
      look('byAddressHash', hashes, (hash, all): KnownAddress | null => {
        const info = all.find(({ address_hash }) => address_hash === hash);
        if (!info) return null;
        const { patron_id: patronId, geoid, initial_patron_home_library_code: initialHomeLibrary } = info;
        return { patronId, geoid, initialHomeLibrary };
      }),
    countsByDay: async (kind, { from, before }) => {
      const dayOf = (info: PatronInfo) =>
        (kind === 'created' ? info.creation_date_et : info.deletion_date_et) ?? '';
      const days = records.map(dayOf).filter((day) => day >= from && day < before);
      return new Map([...new Set(days)].map((day) => [day, days.filter((each) => each === day).length]));
    },
    countPatrons: async () => new Set(records.map(({ patron_id }) => patron_id)).size,
    byPatronId: async (ids) =>
      look('byPatronId', ids, (id, all): PatronInfo | null => {
        const rows = all.filter(({ patron_id }) => patron_id === id);
        const [newest] = rows;
        if (!newest) return null;
        const first = rows.map((row) => row.initial_patron_home_library_code).find((code) => code !== null);
        return { ...newest, initial_patron_home_library_code: first ?? null };
      }),
  };
}

export interface MemoryCheckpoint extends Checkpoint<unknown> {
  document: unknown;
  readonly saved: Record<string, unknown>[];
  before: Fault;
}

export function memoryCheckpoint(document: unknown = null): MemoryCheckpoint {
  let calls = 0;
  const checkpoint: MemoryCheckpoint = {
    ...adapter('checkpoint'),
    document,
    saved: [],
    before: () => {},
    load: async () => structuredClone(checkpoint.document),
    save: async (next) => {
      calls += 1;
      checkpoint.before(calls);
      // Through its text, as it is kept.
      checkpoint.document = JSON.parse(JSON.stringify(next));
      checkpoint.saved.push(checkpoint.document as Record<string, unknown>);
    },
  };
  return checkpoint;
}

/** Answers from a list by street; remembers each call. */
export interface MemoryGeocoder extends Geocoder {
  readonly calls: GeocodingAddress[][];
}

export const match = (geoid: string): GeocodingOutcome => ({ status: 'match', geoid });
export const tract = '36061000100';

export function memoryGeocoder(
  outcomeOf: (address: GeocodingAddress) => GeocodingOutcome = () => match(tract),
  {
    name = 'geocoder',
    outage = null,
    census = null,
  }: { name?: string; outage?: PatronflowError | null; census?: string | null } = {},
): MemoryGeocoder {
  const calls: GeocodingAddress[][] = [];
  return {
    ...adapter(name),
    calls,
    census: async () => census,
    geocode: async (addresses, signal) => {
      signal.throwIfAborted();
      calls.push([...addresses]);
      await new Promise((resolve) => setImmediate(resolve));
      return { outcomes: addresses.map(outcomeOf), outage };
    },
  };
}

/** Hashes that can be read; what is longer than `longest` cannot be hashed. */
export function plainObfuscator(longest = Infinity): Obfuscator {
  return {
    covers: () => true,
    obfuscate: async (texts, signal) => {
      signal.throwIfAborted();
      return texts.map((text) => (text.length > longest ? null : `#${text}`));
    },
  };
}

const each = (value: number) => ({ new: value, updated: value, deleted: value });

export function pollJob(change: Partial<PollJob> = {}): PollJob {
  const policy = { attempts: 2, firstDelayMs: 0, kinds: ['transient'] } as const;
  return {
    title: 'Poll',
    now: new Date('2026-03-01T12:00:00Z'),
    isReplay: false,
    modes: ['new', 'updated', 'deleted'],
    zone: 'America/New_York',
    safetyLagMs: 60_000,
    pageSize: each(3),
    maxPatrons: each(Infinity),
    start: {
      new: { at: '2020-01-01 05:00:00.000000', id: '' },
      updated: { at: '2020-01-01 05:00:00.000000', id: '' },
      deleted: { at: '2020-01-01', id: '' },
      sentAsNew: [],
    },
    since: null,
    postalCode: 'zip',
    onOutage: 'stop',
    dryRun: false,
    acceptChange: false,
    retry: policy,
    persistentRetry: policy,
    ...change,
  };
}

export { each };

/** Finds every address; one for all, since its memory takes long to make. */
const cascade = new GeocodingCascade([{ geocoder: memoryGeocoder(), forms: ['as_written'] }]);

export function pollPorts(change: Partial<PollPorts> = {}): PollPorts {
  return {
    source: memorySierra(),
    warehouse: memoryWarehouse(),
    obfuscator: plainObfuscator(),
    cascade,
    encoder,
    sinks: [],
    checkpoint: null,
    lease: null,
    log: memoryLog().log,
    ...change,
  };
}
