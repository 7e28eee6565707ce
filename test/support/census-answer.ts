export type Spoil =
  /** It ends in the middle of its last line. */
  | 'truncated'
  /** A letter outside ASCII in an echo, in ISO-8859-1: no valid UTF-8. */
  | 'latin1'
  /** One line has a field too many. */
  | 'columns'
  /** One line comes twice, or a second time with another verdict. */
  | 'doubled'
  | 'contradicted'
  /** All ids are of another request, or one more line has an id that was not sent. */
  | 'foreign-ids'
  | 'unsent-id';

export type SpoiltAnswer =
  /** The right answer, but. */
  | { readonly spoil: Spoil }
  /** The right answer without its last rows, or without every n-th. */
  | { readonly missing: { readonly last: number } | { readonly each: number } };

/** The lines out of order, as the service sends them, and as the fault wants them. */
export function answerTo(located: string[][], fault: SpoiltAnswer | null): Buffer {
  const odd = located.filter((_, index) => index % 2 === 1);
  const even = located.filter((_, index) => index % 2 === 0).reverse();
  let lines = [...odd, ...even];
  if (fault && 'missing' in fault) {
    const { missing } = fault;
    if ('last' in missing) lines = lines.slice(0, Math.max(0, lines.length - missing.last));
    else lines = lines.filter((_, index) => (index + 1) % missing.each !== 0);
  }
  const spoilt = fault && 'spoil' in fault ? fault.spoil : null;
  if (spoilt && lines[0]) lines = spoil(lines, lines[0], spoilt);
  const text = lines.map((line) => `${line.map((field) => `"${field}"`).join(',')}\n`).join('');
  if (spoilt !== 'truncated') return Buffer.from(text, spoilt === 'latin1' ? 'latin1' : 'utf8');
  const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
  return Buffer.from(text.slice(0, Math.floor((lastLine + text.length) / 2)));
}

function spoil(lines: string[][], first: string[], how: Spoil): string[][] {
  const [id = '', echo = '', verdict = ''] = first;
  const isMatch = verdict === 'Match';
  const other = isMatch ? ['No_Match'] : matchOf(['1 OTHER ST', 'OTHER', 'NY', '10001'], true, '36061000100');
  const rest = lines.slice(1);
  switch (how) {
    case 'latin1':
      return [[id, `${echo} É`, ...first.slice(2)], ...rest];
    case 'columns':
      return [[...first, 'X'], ...rest];
    case 'doubled':
      return [...lines, first];
    case 'contradicted':
      return [...lines, [id, echo, ...other]];
    case 'foreign-ids':
      return lines.map((line, index) => [`foreign-${index + 1}`, ...line.slice(1)]);
    case 'unsent-id':
      return [...lines, ['987654321', ...first.slice(1)]];
    default:
      return lines;
  }
}

/** The ten fields after the echo; the place and the line are invented. */
export function matchOf(address: readonly string[], isExact: boolean, geoid: string): string[] {
  const codes = [geoid.slice(0, 2), geoid.slice(2, 5), geoid.slice(5, 11), geoid.slice(11) || '1000'];
  const kind = isExact ? 'Exact' : 'Non_Exact';
  return ['Match', kind, address.join(', '), '-73.950000,40.750000', '59600001', 'L', ...codes];
}
