import { Worker } from 'node:worker_threads';
import { type ErrorCode, PatronflowError } from '../core/errors.ts';
import type { Archive, ZipOptions } from './write-zip.ts';

export type ZipWorkerData = Omit<ZipOptions, 'now'> & { readonly now: number };

export type ToZipWorker =
  | { readonly kind: 'write'; readonly xml: string; readonly users: number }
  | { readonly kind: 'finish' };

export type FromZipWorker =
  | { readonly kind: 'written' }
  | { readonly kind: 'finished'; readonly archives: readonly Archive[] }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
      readonly stack: string;
    };

/** Text is handed over in pieces of this size: large enough that handing over costs nothing, small enough that the texts of its users die young. */
const pieceLength = 64 * 1024;

/** Pieces on their way; more of them only take memory. */
const maxPieces = 8;

/** A worker needs little: the text of a few pieces. Without a limit it would let garbage grow to the size of the main thread's. */
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** The worker as it is built: the sources lie as deep as what is built from them, so this holds for both. */
const workerFile = new URL('../../dist/load/zip-worker.js', import.meta.url);

const onThread = 'on the thread that writes zip files';

/**
 * Writes the users of a group into zip files on a thread of its own, while the next users are read and filled
 * here. Encoding, checksums and compression take about as long as all the rest of a run.
 */
export class ZipThread {
  readonly #worker: Worker;
  readonly #usersPerFile: number;
  #piece = '';
  #usersInPiece = 0;
  #users = 0;
  #underWay = 0;
  #failure: PatronflowError | null = null;
  #archives: readonly Archive[] | null = null;
  #wake: () => void = () => {};

  constructor({ now, ...options }: ZipOptions) {
    this.#usersPerFile = options.usersPerFile;
    const workerData: ZipWorkerData = { ...options, now: now.getTime() };
    // A thread prints the warnings of Node.js by itself, between the lines of the log.
    const execArgv = ['--no-warnings'];
    this.#worker = new Worker(workerFile, { workerData, resourceLimits, execArgv });
    this.#worker.on('message', (message: FromZipWorker) => this.#heard(message));
    this.#worker.on('error', (cause) => this.#died(cause));
    this.#worker.on('exit', () => this.#died(undefined));
  }

  /** Adds a user. @returns a promise only when the thread has to catch up */
  write(xml: string): Promise<void> | undefined {
    this.#piece += xml;
    this.#usersInPiece += 1;
    this.#users += 1;
    // A piece ends with its XML file, which the other end begins anew.
    const endsFile = this.#users % this.#usersPerFile === 0;
    return this.#piece.length >= pieceLength || endsFile ? this.#send() : undefined;
  }

  /** Finishes the last file. A group without people gives one zip with an empty list of users. */
  async finish(): Promise<readonly Archive[]> {
    if (this.#usersInPiece > 0) await this.#send();
    this.#post({ kind: 'finish' });
    while (this.#archives === null) await this.#news();
    await this.#worker.terminate();
    return this.#archives;
  }

  /** Lets go of an unfinished file. */
  async abandon(): Promise<void> {
    await this.#worker.terminate();
  }

  async #send(): Promise<void> {
    this.#post({ kind: 'write', xml: this.#piece, users: this.#usersInPiece });
    this.#piece = '';
    this.#usersInPiece = 0;
    this.#underWay += 1;
    while (this.#underWay >= maxPieces) await this.#news();
  }

  #post(message: ToZipWorker): void {
    if (this.#failure) throw this.#failure;
    this.#worker.postMessage(message);
  }

  /** Waits until the thread has said something. */
  async #news(): Promise<void> {
    if (!this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure;
  }

  #heard(message: FromZipWorker): void {
    if (message.kind === 'failed') {
      const cause = Object.assign(new Error(onThread), {
        stack: `${onThread}\n${message.stack}`,
      });
      return this.#fail(new PatronflowError(message.code, message.message, { hint: message.hint, cause }));
    }
    if (message.kind === 'written') this.#underWay -= 1;
    else this.#archives = message.archives;
    this.#wake();
  }

  #died(cause: unknown): void {
    if (this.#archives === null)
      this.#fail(
        new PatronflowError('UNEXPECTED', 'The thread that writes zip files ended unexpectedly.', {
          hint: 'Run again. If it happens again, check whether the machine runs out of memory.',
          cause,
        }),
      );
  }

  #fail(failure: PatronflowError): void {
    this.#failure ??= failure;
    this.#wake();
  }
}
