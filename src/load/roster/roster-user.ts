import { createHash } from 'node:crypto';
import { canonical } from '../identity-index.ts';
import { UserXml } from './user-xml.ts';

/** What Alma was last sent of one user. */
export interface RosterUser {
  /** The primary id, as it was sent. */
  readonly id: string;
  /** The place of the primary id among others: see `orderOf`. */
  readonly order: string;
  /** The value of the person column. */
  readonly key: string;
  readonly group: string;
  /** Fingerprint of the XML. */
  readonly print: string;
  /** Day of the first delivery with this user. */
  readonly since: string;
  /** Null while they are there. */
  readonly gone: Gone | null;
  /** What was sent of them last is in a file that Alma was not known to have taken. */
  readonly pending: boolean;
  /** The `user` element as it was sent. */
  readonly xml: UserXml;
}

/** What is known of a user who is missing. */
export interface Gone {
  /** Day of the last delivery with this user. */
  readonly last: string;
  /** The first day on which they were missing. */
  readonly day: string;
  /** Runs that they have been missing in. */
  readonly runs: number;
  /** They are there under another primary id. */
  readonly superseded: boolean;
  /** Day of the run that sent them in the file of the leavers; null before. */
  readonly sent: string | null;
}

/** A user of this run. */
export type SentUser = Pick<RosterUser, 'id' | 'order' | 'key' | 'group' | 'print' | 'xml'>;

/** Rosters are in the order of these, so that two of them can be compared in one pass. Alma does not tell case apart. */
export function orderOf(id: string): string {
  return canonical(id);
}

/** 96 bits tell a million users apart for longer than any library lasts. */
function printOf(xml: string): string {
  return createHash('sha256').update(xml).digest('base64').slice(0, 16);
}

const primaryId = /<primary_id>([^<]*)<\/primary_id>/;

/** The primary id in a user that a template has filled. */
function idIn(xml: string): string {
  return unescaped(primaryId.exec(xml)?.[1] ?? '');
}

/** A user as it stands in a finished file. */
export function sentUser(xml: string, key: string, group: string): SentUser {
  const id = idIn(xml);
  return { id, order: orderOf(id), key, group, print: printOf(xml), xml: UserXml.of(xml) };
}

/** Values of identifiers other than the primary id. */
export function identifiersIn(xml: string): string[] {
  const block = /<user_identifiers>.*<\/user_identifiers>/s.exec(xml)?.[0] ?? '';
  return [...block.matchAll(/<value>([^<]*)<\/value>/g)].map(([, value = '']) => canonical(unescaped(value)));
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Text of XML with its references resolved. */
export function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) =>
    name
      ? (entities[name] ?? '')
      : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  );
}
