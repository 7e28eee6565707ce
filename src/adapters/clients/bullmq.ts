import type { EventEmitter } from 'node:events';
import type { ConnectionOptions, Queue, Worker, WorkerOptions } from 'bullmq';
import type pg from 'pg';
import { pause, untilAborted } from '../../core/abort.ts';
import { type ErrorMeaning, explained, unreachableCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { sturdy } from './bullmq-backend.ts';
import {
  connectPostgres,
  endPostgres,
  type PostgresOptions,
  postgresError,
  postgresPlace,
  postgresPool,
} from './postgres.ts';

/** Connections of one process at most: ranges and the turns of two geocoders listen on one each, the others ask and note. */
const connections = 6;

/** How long a server is waited for that may be gone; it answers within milliseconds. */
const closeMs = 5000;

/** What BullMQ's tables lie in. */
const schema = 'bullmq';

/** Queues and workers of BullMQ in one place, PostgreSQL or Redis; https://docs.bullmq.io */
export class BullmqPlace {
  readonly name: string;
  readonly #options: PostgresOptions;
  readonly #isPostgres: boolean;
  readonly #open: (Queue | Worker)[] = [];
  readonly #queues = new Map<string, Promise<Queue>>();
  #pool: Promise<pg.Pool> | null = null;
  #reached: Promise<void> | null = null;

  constructor(options: PostgresOptions) {
    const { protocol, host, pathname } = new URL(options.url);
    this.#options = options;
    this.#isPostgres = /^postgres(ql)?:$/.test(protocol);
    this.name = this.#isPostgres ? postgresPlace(options.url) : `${protocol}//${host}${pathname}`;
  }

  /** Makes the tables that this version of BullMQ needs, where they are not there. Redis needs none. */
  async migrate(): Promise<void> {
    const { runMigrations } = await bullmq();
    if (!this.#isPostgres) return;
    const client = await connectPostgres(this.#options);
    try {
      await runMigrations(client, schema);
      // A queue that was opened before there were tables remembers that.
      this.#queues.clear();
    } catch (error) {
      throw this.errorOf(error);
    } finally {
      await endPostgres(client);
    }
  }

  /** The queue of a name, the same at each call. */
  queue<Data, Result>(name: string): Promise<Queue<Data, Result>> {
    const made = this.#queues.get(name) ?? this.#makeQueue(name);
    this.#queues.set(name, made);
    return made as Promise<Queue<Data, Result>>;
  }

  async #makeQueue(name: string): Promise<Queue> {
    const { Queue } = await bullmq();
    return this.#opened(new Queue(name, await this.#connection(), await this.#backend()));
  }

  /** @param process without it, jobs are asked for one by one */
  async worker<Data, Result>(
    name: string,
    process: ConstructorParameters<typeof Worker<Data, Result>>[1],
    options: Omit<WorkerOptions, 'connection'>,
  ): Promise<Worker<Data, Result>> {
    const { Worker } = await bullmq();
    const all = { ...options, ...(await this.#connection()) };
    const worker = this.#opened(new Worker<Data, Result>(name, process, all, await this.#backend()));
    // One that could not connect at first remembers that, and would ask again and again without a rest.
    await worker.waitUntilReady().catch(async (error) => {
      await worker.close(true);
      throw error;
    });
    return worker;
  }

  /** Calls the queue, and tells its failures in our words. @param signal ends the wait for its answer */
  async use<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await (signal ? untilAborted(signal, call()) : call());
    } catch (error) {
      // A queue, or a pool, that could not connect at first remembers that.
      this.#queues.clear();
      throw signal?.aborted ? error : this.errorOf(error);
    }
  }

  errorOf(error: unknown): unknown {
    const kind = error instanceof Error ? error.constructor.name : '';
    if (/^(SchemaVersionMismatch|SchemaMigrationRequired|UnsupportedPostgresVersion)Error$/.test(kind))
      return new PatronflowError(
        'QUEUE_UNAVAILABLE',
        `There is no queue of this version at ${this.name} (${kind}).`,
        {
          hint: 'Make a plan with: patronflow backfill plan --queue. It needs PostgreSQL 13 or later.',
          cause: error,
        },
      );
    if (this.#isPostgres) return postgresError(this.name, error);
    const reason = systemCode(error);
    const words = { place: this.name, because: reason && ` (${reason})` };
    return explained(redisMeanings, error, { words }) ?? error;
  }

  async close(): Promise<void> {
    const gone = new AbortController();
    await Promise.race([this.#close(), pause(closeMs, gone.signal)]).finally(() => gone.abort());
  }

  async #close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((each) => each.close().catch(() => {})));
    this.#queues.clear();
    const pool = await this.#pool?.catch(() => null);
    this.#pool = null;
    await pool?.end();
  }

  #opened<Opened extends Queue | Worker>(opened: Opened): Opened {
    // An error without a listener ends the process. What matters comes back from the call that it belongs to.
    (opened as EventEmitter).on('error', () => {});
    this.#open.push(opened);
    return opened;
  }

  async #connection(): Promise<{ connection: ConnectionOptions }> {
    if (!this.#isPostgres) {
      this.#reached ??= reachRedis(this.#options).catch((error) => {
        this.#reached = null;
        throw error;
      });
      await this.#reached;
      return { connection: { url: redisUrl(this.#options), maxRetriesPerRequest: null } };
    }
    this.#pool ??= postgresPool(this.#options, schema, connections).catch((error) => {
      this.#pool = null;
      throw error;
    });
    return { connection: (await this.#pool) as never };
  }

  async #backend() {
    const { createPostgresBackend } = await bullmq();
    return (this.#isPostgres ? sturdy(createPostgresBackend) : undefined) as never;
  }
}

/** Looks once whether a Redis answers: BullMQ's own connections would try forever, also with a wrong password. */
async function reachRedis(place: PostgresOptions): Promise<void> {
  const { Redis } = await driver(() => import('ioredis'), 'ioredis');
  const { connectTimeoutMs } = place;
  const options = { lazyConnect: true, connectTimeout: connectTimeoutMs, retryStrategy: () => null };
  const client = new Redis(redisUrl(place), {
    ...options,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  // The call alone says that the connection was closed; why, this says.
  let why: unknown = null;
  client.on('error', (error) => {
    why ??= error;
  });
  const silence = setTimeout(() => client.disconnect(), connectTimeoutMs);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw why ?? error;
  } finally {
    clearTimeout(silence);
    client.disconnect();
  }
}

/** What stands in the URL goes before what stands beside it, as for PostgreSQL. */
function redisUrl({ url, user, password }: PostgresOptions): string {
  const address = new URL(url);
  address.username ||= encodeURIComponent(user ?? '');
  address.password ||= encodeURIComponent(password ?? '');
  return address.href;
}

/** What Redis's errors mean; https://redis.io/docs/latest/develop/clients/error-handling/ */
const redisMeanings: readonly ErrorMeaning[] = [
  {
    texts: /^(WRONGPASS|NOAUTH|NOPERM)/,
    code: 'SOURCE_LOGIN',
    message: '{place} refuses the user or the password.',
    hint: 'Check both, in the URL of the queue or in QUEUE_USER and QUEUE_PASSWORD.',
  },
  {
    codes: new RegExp(`${unreachableCodes.source}|^(ETIMEDOUT|ECONNRESET|EPIPE)$`),
    texts: /connection is closed|protocol error/i,
    code: 'SOURCE_UNREACHABLE',
    message: '{place} cannot be reached{because}.',
    hint: 'Check host, port and firewall, and whether the server is up.',
  },
];

const bullmq = () => driver(() => import('bullmq'), 'bullmq');

async function driver<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new PatronflowError(
      'QUEUE_UNAVAILABLE',
      `The queue needs the package ${name}, which is not installed.`,
      {
        hint: `Run: npm install ${name}`,
        cause,
      },
    );
  }
}
