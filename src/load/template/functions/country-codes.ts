import { createRequire } from 'node:module';

/** The part of the package that is used here. */
interface Countries {
  registerLocale(names: object): void;
  getNames(language: string, options: { select: 'all' }): Readonly<Record<string, readonly string[]>>;
  toAlpha3(code: string): string | undefined;
}

/** What people write and the package does not list: parts of countries, former names, other spellings. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['british virgin islands', 'VGB'],
  ['burma', 'MMR'],
  ['cape verde', 'CPV'],
  ['england', 'GBR'],
  ['great britain', 'GBR'],
  ['macau', 'MAC'],
  ['northern ireland', 'GBR'],
  ['republic of ireland', 'IRL'],
  ['republic of korea', 'KOR'],
  ['scotland', 'GBR'],
  ['swaziland', 'SWZ'],
  ['the gambia', 'GMB'],
  ['the bahamas', 'BHS'],
  ['viet nam', 'VNM'],
  ['wales', 'GBR'],
]);

let made: ((name: string) => string | null) | undefined;

/**
 * Makes a function that finds the three letters of ISO 3166 for a country's English name or one of its ISO codes; it returns null
 * for all else. The package is read when a template first asks for it.
 */
export function countryCodes(): (name: string) => string | null {
  made ??= make();
  return made;
}

function make(): (name: string) => string | null {
  const require = createRequire(import.meta.url);
  const countries = require('i18n-iso-countries/index.js') as Countries;
  countries.registerLocale(require('i18n-iso-countries/langs/en.json') as object);
  // The package compares a name with all names, which takes a millisecond for one that it does not know.
  const byName = new Map(otherNames);
  for (const [code, names] of Object.entries(countries.getNames('en', { select: 'all' })))
    for (const name of names) byName.set(folded(name), countries.toAlpha3(code) ?? '');
  return (name) => {
    const key = folded(name);
    const isCode = /^(?:[a-z]{2,3}|\d{3})$/.test(key);
    return (isCode ? countries.toAlpha3(key.toUpperCase()) : undefined) ?? byName.get(key) ?? null;
  };
}

/** A name without accents, dots and capitals, which people set as they like. */
function folded(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\p{M}.]/gu, '')
    .replaceAll('’', "'")
    .toLowerCase();
}
