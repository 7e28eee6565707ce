import { directionals, stateNames, states, streetTypes } from './street-words.ts';

/** A route as a street: its number is its name, its kind its type. */
type Route = Readonly<Record<'before' | 'name' | 'type' | 'after', string>>;

/** What may stand in place of a number: nothing, letters that are no other word, or any letters. */
type Letters = 'no' | 'unlike a word' | 'any';

const road = '(?:HIGHWAY|HWY|HIWAY|HWAY|ROUTE|RTE|RT|ROAD|RD)';
const trunk = '(?:TRUNK|TRK|STATE AID)';

/** What comes before the number of a route, and what kind it then is; the first that fits counts. */
const prefixes: readonly (readonly [prefix: RegExp, type: string, letters?: Letters])[] = [
  [/^(?:INTERSTATE|I|IH)(?: HIGHWAY| HWY)? /, 'I'],
  [new RegExp(`^(?:U S|US|USH|UNITED STATES)(?: ${road})? `), 'US RTE'],
  // Farm roads of Missouri, and Texas' farm and ranch roads, which share their numbers.
  [/^(?:FM|F M|RM|R M|RR|FR|(?:FARM|RANCH)(?: TO)? MARKET)(?: ROAD| RD)? /, 'FM'],
  [/^(?:FARM|RANCH) (?:ROAD|RD) /, 'FM'],
  [new RegExp(`^(?:COUNTY|CNTY|CTY|CO)(?: ${trunk})? ${road} `), 'CO RTE', 'any'],
  [/^(?:CR|C R|CH|C H|CTH|C T H|CSAH|COUNTY(?: TRUNK)?) /, 'CO RTE', 'unlike a word'],
  [new RegExp(`^(?:TOWNSHIP|TWNSHP|TWP) ${road} `), 'TWP RTE'],
  [/^(?:TR|T R) /, 'TWP RTE'],
  // Missouri counts its lesser highways with letters. STATE RD N is a street that goes north.
  [/^(?:STATE|ST) (?:HIGHWAY|HWY|ROUTE|RTE) /, 'ST RTE', 'any'],
  [new RegExp(`^(?:STATE|ST)(?: ${trunk})? ${road} `), 'ST RTE', 'unlike a word'],
  [/^(?:SR|S R|STH|S T H|SH|S H) /, 'ST RTE'],
  [/^(?:CARR|CARRETERA)(?: PR)? /, 'ST RTE'],
  [/^(?:STATE )?(?:LOOP|LP) /, 'LOOP RTE'],
  [/^(?:STATE )?SPUR /, 'SPUR RTE'],
  [new RegExp(`^(?:BIA|BUREAU OF INDIAN AFFAIRS|INDIAN(?: SERVICE)?)(?: ${road})? `), 'BIA RTE'],
  [/^(?:PRIVATE|PVT|PRIV) (?:ROAD|RD|DRIVE|DR) /, 'PVT RTE'],
  [/^(?:HIGHWAY|HWY|HIWAY|HWAY|ROUTE|RTE|RT) /, 'RTE', 'unlike a word'],
  [/^(?:K|M) /, 'ST RTE'],
];

/** Roads beside the one that a number belongs to: OLD US 41, US 41 BUS. */
const qualifiers: ReadonlyMap<string, string> = new Map([
  ['OLD', 'OLD'],
  ['BUS', 'BUS'],
  ['BUSINESS', 'BUS'],
  ['ALT', 'ALT'],
  ['ALTERNATE', 'ALT'],
  ['BYP', 'BYP'],
  ['BYPASS', 'BYP'],
]);

const number = String.raw`\d{1,5}[A-Z]?|\d{1,4} [A-DF-MO-RT-VX-Z]|\d{1,4} \d{1,3}(?:\/\d)?|[A-Z]\d{1,3}[A-Z]?`;
const toSide = '[NSEW]|NORTH|SOUTH|EAST|WEST|[NS] ?[EW]|(?:NORTH|SOUTH) ?(?:EAST|WEST)';

/** A number, perhaps with a letter, or the letters that some counties count with; then where it goes. */
const routeNumber = new RegExp(`^(?:(${number})|([A-Z]{1,3}))(?: (${toSide}))?$`);

/** The words that a route can begin with, so that most streets are seen at a glance to be none. */
const firstWords: ReadonlySet<string> = new Set([
  ...'INTERSTATE I IH U US USH UNITED FM F RM R RR FR FARM RANCH COUNTY CNTY CTY CO CR C CH CTH CSAH'.split(
    ' ',
  ),
  ...'TOWNSHIP TWNSHP TWP TR T STATE ST SR S STH SH CARR CARRETERA LOOP LP SPUR BIA BUREAU INDIAN'.split(' '),
  ...'PRIVATE PVT PRIV HIGHWAY HWY HIWAY HWAY ROUTE RTE RT K M'.split(' '),
  ...qualifiers.keys(),
  ...states,
  ...[...stateNames.keys()].flatMap((name) => name.split(' ')[0] ?? ''),
]);

/** STATE HIGHWAY 31, STH 31, NY-31, CTH KR, OLD US 41 N: a kind and a number. */
export function readRoute(words: readonly string[]): Route | null {
  const before = words.length > 2 ? (directionals.get(words[0] ?? '') ?? '') : '';
  const given = before === '' ? words : words.slice(1);
  const first = given[0] ?? '';
  if (!firstWords.has(first) && !/^\d{1,3}$/.test(first)) return null;
  const plain = given.filter((word) => !qualifiers.has(word));
  const qualifier = given.map((word) => qualifiers.get(word) ?? '').join('');
  const route = readPlain(plain.join(' '), qualifier);
  return route && { ...route, name: qualifier + route.name, before };
}

function readPlain(text: string, qualifier: string): Route | null {
  // 68 HIGHWAY
  const [, reversed] = /^(\d{1,3}) (?:HIGHWAY|HWY)$/.exec(text) ?? [];
  if (reversed !== undefined) return routeAt(reversed, 'RTE', 'no');
  // BUSINESS 20; but OLD 41 is a name.
  if (/^\d/.test(text)) return /^(?:BUS|ALT|BYP)$/.test(qualifier) ? routeAt(text, 'RTE', 'no') : null;
  for (const [prefix, type, letters = 'no'] of prefixes) {
    const found = prefix.exec(text);
    const route = found && routeAt(text.slice(found[0].length), type, letters);
    if (route) return route;
  }
  const ofState = stateRoute.exec(text);
  return ofState && routeAt(text.slice(ofState[0].length), 'ST RTE', 'no');
}

/** NY 31, VT ROUTE 100, MISSOURI STATE HIGHWAY 7; a state's name in full needs the word for a road. */
const stateRoute = new RegExp(
  `^(?:(?:${[...states].join('|')})(?: STATE)?(?: ${road})?|(?:${[...stateNames.keys()].join('|')})(?: STATE)? ${road}) (?=\\d)`,
);

function routeAt(text: string, type: string, letters: Letters): Route | null {
  const [, digits, lettered, after = ''] = routeNumber.exec(text) ?? [];
  const name = digits ?? lettered;
  if (name === undefined || (digits === undefined && !mayCount(name, letters))) return null;
  return {
    name: name.replace(/ (?=\d)/, '-').replace(' ', ''),
    before: '',
    type,
    after: directionals.get(after.replace(' ', '')) ?? '',
  };
}

function mayCount(word: string, letters: Letters): boolean {
  if (letters === 'unlike a word') return word.length < 3 && !streetTypes.has(word) && !isSide(word);
  return letters === 'any';
}

function isSide(word: string): boolean {
  return directionals.has(word);
}
