import { createRequire } from 'node:module';

/** The part of the package that is used here. */
interface Countries {
  registerLocale(names: object): void;
  getSimpleAlpha3Code(name: string, language: string): string | undefined;
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
  if (made) return made;
  const require = createRequire(import.meta.url);
  const countries = require('i18n-iso-countries/index.js') as Countries;
  countries.registerLocale(require('i18n-iso-countries/langs/en.json') as object);
  const known = new Map<string, string | null>();
  made = (name) => {
    const key = name.toLowerCase();
    const before = known.get(key);
    if (before !== undefined) return before;
    const code = codeOf(countries, key);
    // The countries are few; names that are none are not kept.
    if (code !== null) known.set(key, code);
    return code;
  };
  return made;
}

function codeOf(countries: Countries, key: string): string | null {
  const bare = key.replace(/\./g, '');
  const byCode = /^(?:[a-z]{2,3}|\d{3})$/.test(bare) ? countries.toAlpha3(bare.toUpperCase()) : undefined;
  const byName = (name: string) => otherNames.get(name) ?? countries.getSimpleAlpha3Code(name, 'en');
  // Dots are part of some names (Virgin Islands, U.S.), and people's own in others.
  return byCode ?? byName(key) ?? byName(bare) ?? null;
}
