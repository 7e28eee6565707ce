import { basename, dirname } from 'node:path';
import { objectStores } from '../adapters/objects/index.ts';
import type { LoadConfig } from '../config/load-schema.ts';
import type { RejectsPlace } from '../load/ports.ts';

/**
 * Where rejected rows are put: a file on the local disk, or beside the ledger. Replaced in one step, as a delivery is.
 * @param ledger the URL of the ledger
 * @returns null where the job wants none
 */
export function wireRejects(
  { rejects, rejects_by, deliver, ledger: blocks }: LoadConfig,
  ledger: string,
): RejectsPlace | null {
  if (rejects === 'none') return null;
  const by = rejects_by ?? null;
  if (rejects !== 'beside') return { ...rejectsAt(rejects), by };
  const at = ledger.lastIndexOf('/');
  const name = `${ledger.slice(at + 1).replace(/\.json$/, '')}-rejects`;
  const store = objectStores.create({ url: ledger.slice(0, at), isPrivate: true }, { ...deliver, ...blocks });
  return { store, name, by };
}

/** A file of rejected rows on the local disk. */
export function rejectsAt(path: string): RejectsPlace {
  const store = objectStores.create({ url: `file:${dirname(path)}`, isPrivate: true }, {});
  return { store, name: basename(path).replace(/\.csv$/i, ''), by: null };
}
