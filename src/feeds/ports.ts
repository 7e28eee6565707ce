import type { Adapter, StoreSettings } from '../core/ports.ts';
import { urlDescriptor } from '../core/registry.ts';

/** A file of a source. */
export interface FeedFile {
  /** Its name inside the source's folder. */
  readonly name: string;
  /** Bytes; null where the source does not say. */
  readonly size: number | null;
  /** When it was last written; null where the source does not say. */
  readonly modified: Date | null;
}

/** One folder in which feeds arrive. Never looks outside it: not below it, not beside it. */
export interface FileSource extends Adapter {
  /** False where a file can be had only by its name, and nothing can be moved. */
  readonly isFolder: boolean;
  /**
   * The files that are there.
   * @param name the only one that is wanted; a source that cannot list needs it
   */
  list(signal: AbortSignal, name?: string): AsyncIterable<FeedFile>;
  /** The content, in pieces, as it arrives. */
  read(name: string, signal: AbortSignal): AsyncIterable<Buffer>;
  remove(name: string): Promise<void>;
  /** Moves a file into a folder below, which is made. Never over a file that is there: `freeName` says what it is called then. */
  move(name: string, folder: string): Promise<void>;
}

/** How the files of adapters describe themselves; core/registry.ts says what is in a descriptor. */
export const fileSourceAdapter = urlDescriptor<FileSource, StoreSettings>();
