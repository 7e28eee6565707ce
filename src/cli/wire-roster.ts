import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSources } from '../adapters/files/index.ts';
import { objectStores } from '../adapters/objects/index.ts';
import { PatronflowError } from '../core/errors.ts';
import type { RosterStore } from '../load/ports.ts';

/** A roster beside the ledger, and how it is let go of. */
export interface WiredRoster extends RosterStore {
  close(): Promise<void>;
}

const never = new AbortController().signal;

/**
 * The roster in the folder of the ledger: read as a feed is, replaced as a delivery is, in one step.
 * @param ledger the URL of the ledger
 * @param blocks of options, by system
 */
export function wireRoster(ledger: string, blocks: object): WiredRoster {
  const at = ledger.lastIndexOf('/');
  const folder = ledger.slice(0, at);
  const name = `${ledger.slice(at + 1).replace(/\.json$/, '')}-roster.jsonl.gz`;
  const source = fileSources.create({ url: folder }, blocks);
  const store = objectStores.create({ url: folder, isPrivate: true }, blocks);
  return {
    name: `${store.name}/${name}`,

    async fetch(path, signal) {
      try {
        for await (const file of source.list(signal, name)) {
          if (file.name !== name) continue;
          await pipeline(
            Readable.from(source.read(name, signal)),
            createWriteStream(path, { mode: 0o600, flags: 'wx' }),
          );
          return true;
        }
        return false;
      } catch (error) {
        // The folder is made by the first delivery.
        if (error instanceof PatronflowError && error.code === 'SOURCE_MISSING') return false;
        throw error;
      }
    },

    async save(file) {
      await (await store.stage(name, file, never)).publish();
    },

    async close() {
      await source.close();
      await store.close();
    },
  };
}
