import { safeText } from '../../../core/safe-text.ts';
import { strip } from '../../blanks.ts';
import { termParts } from '../../calendars.ts';
import { RejectedPerson } from '../../rejected-person.ts';
import { countryCodes } from './country-codes.ts';
import { type ExpressionFunction, type ExpressionFunctions, many } from './expression-function.ts';

const lookup: ExpressionFunction = {
  takes: [2, many],
  prepare: ([name, ...codes], { lookups }) => {
    if (typeof name !== 'string')
      return 'the first argument of lookup must be the name of a lookup table, in quotes';
    const table = lookups.table(name);
    if (!table) return `no lookup table is called "${safeText(name)}"${lookups.suggest(name)}`;
    if (codes.length === table.codes) return (values) => lookups.look(name, values.slice(1));
    const has = table.codes === 1 ? 'one column of codes' : `${table.codes} columns of codes`;
    return `the lookup table "${safeText(name)}" has ${has}, but lookup got ${codes.length === 1 ? '1 value' : `${codes.length} values`}`;
  },
};

const term: ExpressionFunction = {
  takes: [3, 3],
  prepare: ([name, , part], { calendars }) => {
    if (typeof name !== 'string')
      return 'the first argument of term must be the name of a calendar, in quotes';
    const calendar = calendars.calendar(name);
    if (!calendar) return `no calendar is called "${safeText(name)}"${calendars.suggest(name)}`;
    const wanted = termParts.find((each) => each === part);
    if (!wanted) return `the third argument of term must be one of "${termParts.join('", "')}"`;
    return ([, value = '']) => {
      if (strip(value) === '') return '';
      const found = calendar.find(strip(value));
      if (!found) throw new RejectedPerson('unknown_term', '', null, 'term');
      return found[wanted];
    };
  },
};

/** Under this name the report lists what `country` does not know. */
const countries = 'country';

const country: ExpressionFunction = {
  takes: [1, 1],
  prepare: (_, { lookups }) => {
    const codeOf = countryCodes();
    return ([value = '']) => {
      const name = strip(value);
      const code = name === '' ? '' : codeOf(name);
      if (code !== null) return code;
      lookups.onUnmapped?.(countries);
      lookups.noteUnmapped(countries, [name]);
      return '';
    };
  },
};

/** What looks values up in tables. */
export const tableFunctions: ExpressionFunctions = { country, lookup, term };
