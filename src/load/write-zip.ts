import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { fileStamp } from '../core/clock.ts';
import { PatronflowError } from '../core/errors.ts';
import { limits } from './alma/rules.ts';
import type { LocalFile } from './ports.ts';

/** A finished zip, ready to be delivered. */
export interface Archive extends LocalFile {
  /** Its name in the store. */
  readonly key: string;
  readonly users: number;
  readonly xmlFiles: number;
}

export interface ZipOptions {
  readonly directory: string;
  readonly group: string;
  /** The run's time: names and dates the files. */
  readonly now: Date;
  readonly root: 'users' | 'userRecords';
  readonly usersPerFile: number;
  /** Zips that are left of those that Alma takes in one run. */
  readonly maxZips: number;
}

/** Text is handed to the compressor in pieces of this size: large enough that handing over costs nothing, small enough that the texts of its users die young. */
const pieceLength = 64 * 1024;

/** A zip is closed when another XML file might take it over Alma's limit; a million users deflate to some 100 MB. */
const zipIsFull = limits.zipBytes - 512 * 1024 ** 2;

/** The name of a group's file: `staff_2026-03-01_12.00.00.zip`; the second of a run ends in `_2`. */
export function archiveKey(group: string, now: Date, number: number): string {
  return `${group}_${fileStamp(now)}${number > 1 ? `_${number}` : ''}.zip`;
}

/** Tells whether a name is one that `archiveKey` makes for the group. */
export function isArchiveOf(group: string, key: string): boolean {
  return (
    key.startsWith(`${group}_`) &&
    /^\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d(_\d+)?\.zip$/.test(key.slice(group.length + 1))
  );
}

/**
 * Writes the users of a group into zip files, streaming: the compressor works on another core while the next
 * users are encoded. Splits by Alma's limits: users into XML files, XML files into zips.
 */
export class ZipWriter {
  readonly archives: Archive[] = [];
  readonly #options: ZipOptions;
  #zip: OpenZip | null = null;

  constructor(options: ZipOptions) {
    this.#options = options;
  }

  /**
   * Adds users to the XML file that is open, or to the next one when it is full.
   * @param xml a `user`, or several that do not go beyond one file
   */
  async write(xml: string, users = 1): Promise<void> {
    if (this.#zip?.xmlIsFull()) await this.#nextFile();
    this.#zip ??= await this.#open();
    await this.#zip.write(xml, users);
  }

  /** Finishes the last file. A group without people gives one zip with an empty list of users. */
  async finish(): Promise<readonly Archive[]> {
    this.#zip ??= await this.#open();
    await this.#close();
    return this.archives;
  }

  /** Lets go of an unfinished file. */
  abandon(): void {
    this.#zip?.abandon();
  }

  async #nextFile(): Promise<void> {
    if (this.#zip?.isFull()) await this.#close();
    else await this.#zip?.nextXml();
  }

  async #open(): Promise<OpenZip> {
    const number = this.archives.length + 1;
    if (number > this.#options.maxZips) {
      throw new PatronflowError(
        'LIMIT_EXCEEDED',
        `The run needs more than the ${limits.zipsPerRun} zip files that Alma accepts, in group ${this.#options.group}.`,
        { hint: 'Raise output.users_per_file.' },
      );
    }
    return new OpenZip(this.#options, archiveKey(this.#options.group, this.#options.now, number));
  }

  async #close(): Promise<void> {
    if (this.#zip) this.archives.push(await this.#zip.finish());
    this.#zip = null;
  }
}

class OpenZip {
  readonly #options: ZipOptions;
  readonly #key: string;
  readonly #path: string;
  readonly #zip = new ZipFile();
  readonly #file: WriteStream;
  readonly #hash = createHash('sha256');
  readonly #done: Promise<void>;
  #failure: unknown = null;
  #size = 0;
  #users = 0;
  #usersInXml = 0;
  #xmlFiles = 0;
  #xml: PassThrough;
  #piece = '';

  constructor(options: ZipOptions, key: string) {
    this.#options = options;
    this.#key = key;
    this.#path = join(options.directory, key);
    this.#file = createWriteStream(this.#path, { mode: 0o600, flags: 'wx' });
    const measure = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#hash.update(chunk);
        this.#size += chunk.length;
        done(null, chunk);
      },
    });
    this.#done = pipeline(this.#zip.outputStream, measure, this.#file);
    // The next write, or the finish, reports a full disk. Until then no code awaits the promise.
    this.#done.catch((error) => {
      this.#failure = error;
      this.#xml.destroy();
    });
    this.#xml = this.#openXml();
  }

  xmlIsFull(): boolean {
    return this.#usersInXml >= this.#options.usersPerFile;
  }

  isFull(): boolean {
    return this.#xmlFiles >= limits.xmlFilesPerZip || this.#size >= zipIsFull;
  }

  async write(xml: string, users: number): Promise<void> {
    this.#users += users;
    this.#usersInXml += users;
    this.#piece += xml;
    if (this.#piece.length >= pieceLength) await this.#flush();
  }

  async nextXml(): Promise<void> {
    await this.#closeXml();
    this.#xml = this.#openXml();
  }

  async finish(): Promise<Archive> {
    await this.#closeXml();
    this.#zip.end();
    await this.#done;
    if (this.#size > limits.zipBytes) {
      throw new PatronflowError('LIMIT_EXCEEDED', `${this.#key} is larger than the 4 GB that Alma accepts.`, {
        hint: 'Lower output.users_per_file.',
      });
    }
    return {
      key: this.#key,
      path: this.#path,
      size: this.#size,
      sha256: this.#hash.digest('hex'),
      users: this.#users,
      xmlFiles: this.#xmlFiles,
    };
  }

  abandon(): void {
    this.#xml.destroy();
    this.#file.destroy();
  }

  #openXml(): PassThrough {
    this.#xmlFiles += 1;
    this.#usersInXml = 0;
    this.#piece = `<?xml version="1.0" encoding="utf-8"?>\n<${this.#options.root}>\n`;
    const xml = new PassThrough({ highWaterMark: pieceLength });
    // Destroyed when the zip fails; without a listener that would be an uncaught error.
    xml.on('error', () => {});
    const name = this.#key.replace(/\.zip$/, `${this.#xmlFiles > 1 ? `-${this.#xmlFiles}` : ''}.xml`);
    this.#zip.addReadStream(xml, name, { mtime: this.#options.now, mode: 0o100600 });
    return xml;
  }

  async #closeXml(): Promise<void> {
    this.#piece += `</${this.#options.root}>\n`;
    await this.#flush();
    this.#xml.end();
  }

  async #flush(): Promise<void> {
    const piece = Buffer.from(this.#piece);
    this.#piece = '';
    if (this.#failure) throw this.#failure;
    if (!this.#xml.write(piece)) await writable(this.#xml);
    if (this.#failure) throw this.#failure;
  }
}

/** Waits until a stream takes more, or will never again. */
function writable(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
