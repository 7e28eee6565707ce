import { type BlockSide, IndexBuilder } from '../../../src/geo/build-index.ts';
import { readTractIndex } from '../../../src/geo/read-index.ts';
import type { TractIndex } from '../../../src/geo/tract-index.ts';

/** A side in a few words: `60th St 53144 100-198 E` and the last digits of its tract in county 55059. */
export function side(text: string, tract: number | null, more: Partial<BlockSide> = {}): BlockSide {
  const [, name = '', zip = '', from = '', to = '', parity = ''] =
    /^(.+) (\d{5}) (\S+):(\S+) ([OEB]?)$/.exec(text) ?? [];
  const geoid = tract === null ? null : `55059${String(tract).padStart(6, '0')}`;
  return { names: [name], from, to, parity, zip, geoid, isOffset: false, ...more };
}

/** The bytes of an index of some sides. */
export function bytesOf(sides: readonly BlockSide[]): Buffer {
  const builder = new IndexBuilder();
  for (const each of sides) builder.add(each);
  return Buffer.concat(builder.encode(['2024'], '2020').bytes);
}

/** An index of some sides. */
export function indexOf(...sides: readonly BlockSide[]): TractIndex {
  return readTractIndex(new Uint8Array(bytesOf(sides)), 'county.tracts');
}
