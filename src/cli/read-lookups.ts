import type { MappingConfig } from '../config/load-schema.ts';
import { type Calendar, Calendars, parseCalendar } from '../load/calendars.ts';
import { type LookupTable, LookupTables, parseLookupTable } from '../load/lookup-tables.ts';
import { readText } from './config-file.ts';

/** The tables that templates look values up in, and what is to be known of their files. */
export interface Lookups {
  readonly lookups: LookupTables;
  readonly calendars: Calendars;
  /** Texts of the files, by what a message calls them. */
  readonly texts: Readonly<Record<string, string>>;
  /** Codes that stand in a lookup table more than once, by its name. */
  readonly repeatedKeys: Readonly<Record<string, readonly string[]>>;
}

/** Reads the lookup tables and calendars that a configuration names. */
export async function readLookups(config: Pick<MappingConfig, 'lookups' | 'calendars'>): Promise<Lookups> {
  const tables = new Map<string, LookupTable>();
  const calendars = new Map<string, Calendar>();
  const texts: Record<string, string> = {};
  const repeatedKeys: Record<string, readonly string[]> = {};
  for (const [name, { file, default: fallback = '', optional }] of Object.entries(config.lookups)) {
    const text = await readText(file);
    texts[`the lookup table ${name}`] = text;
    const { doubled, ...entries } = parseLookupTable(text, file);
    tables.set(name, { ...entries, fallback, isOptional: optional });
    if (doubled.length > 0) repeatedKeys[name] = doubled;
  }
  for (const [name, file] of Object.entries(config.calendars)) {
    const text = await readText(file);
    texts[`the calendar ${name}`] = text;
    calendars.set(name, parseCalendar(text, file));
  }
  return { lookups: new LookupTables(tables), calendars: new Calendars(calendars), texts, repeatedKeys };
}
