/**
 * A token: a run of anything but blanks, commas, semicolons, parentheses, `#` and `&`, with the punctuation
 * that follows it; `#` and `&` are tokens of their own. What holds neither letter nor digit is dropped. The
 * look-behind keeps a long run of opening parentheses from being tried from each of them.
 */
const tokenPattern = /(?<!\()\(*[\p{L}\p{N}_][^\s,;#&()]*[.,;)]*|[#&]/gu;

/** Splits an address as usaddress does, so that its labels fit. */
export function tokenize(text: string): string[] {
  return text.replace(/&(?:#38|amp);/gi, '&').match(tokenPattern) ?? [];
}

/** The look-behind keeps a long run of punctuation from being tried from each of it. */
const outerPunctuation = /^[^\p{L}\p{N}_]+|(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_]+$|\./gu;

/** A token as it is compared: lower case, without the punctuation around it and without periods. */
export function bareWord(token: string): string {
  return token === '#' || token === '&' ? token : token.toLowerCase().replace(outerPunctuation, '');
}

/**
 * What is noticed of each token of an address, as short texts: `w=` its word, `c=` its kind, and so on. The model
 * weighs each of them three times: for the token itself, for the one after it and for the one before it.
 * To what usaddress looks at, this adds the kinds in pairs, the end of the word, the words two tokens away, and
 * what has come before, because those made the difference where a street ends and a place begins.
 */
export function attributesOf(tokens: readonly string[]): string[][] {
  const looks = tokens.map(look);
  const attributes = looks.map(attributesOfToken);
  forEachAround(looks, (index, attribute) => attributes[index]?.push(attribute));
  return attributes;
}

/** What a token is by itself. */
export interface Look {
  readonly token: string;
  readonly word: string;
  readonly hasDigit: boolean;
  readonly kind: string;
  /** The kind, with a comma where one ends a part of the address. */
  readonly ending: string;
  /** What the token is to the one two behind it, and to the one two before it. */
  readonly twoBefore: string;
  readonly twoAfter: string;
}

export function look(token: string): Look {
  const word = bareWord(token);
  const hasDigit = /\d/.test(word);
  const kind = kindOf(word);
  return {
    token,
    word,
    hasDigit,
    kind,
    ending: /[,;]$/.test(token) ? withComma(kind) : kind,
    twoBefore: hasDigit ? 'w-2=0' : `w-2=${word}`,
    twoAfter: hasDigit ? 'w+2=0' : `w+2=${word}`,
  };
}

/** More texts are made anew each time: no address has so many different ones. */
const maxTexts = 1000;

/**
 * Makes each text once. Most texts come again and again, and one that is new must be hashed before a map can be asked for
 * it, which is most of the time that an address takes.
 */
function once<Value>(make: (value: Value) => string): (value: Value) => string {
  const made = new Map<Value, string>();
  return (value) => {
    const known = made.get(value);
    if (known !== undefined) return known;
    const text = make(value);
    if (made.size < maxTexts) made.set(value, text);
    return text;
  };
}

const withComma = once((kind: string) => `${kind},`);
const kindText = once((kind: string) => `c=${kind}`);
const digitsText = once((digits: number) => `d=${digits}`);
const zerosText = once((zeros: number | undefined) => `z=${zeros}`);
const lengthText = once((length: number) => `l=${length}`);
const lastText = once((last: string) => `p=${last}`);
const pairsAfter = new Map<string, (ending: string) => string>();

function pairText(before: string, ending: string): string {
  let pairs = pairsAfter.get(before);
  if (!pairs) {
    pairs = once((each: string) => `pair=${before} ${each}`);
    pairsAfter.set(before, pairs);
  }
  return pairs(ending);
}

/** Tells what is noticed of tokens because of those around them. */
export function forEachAround(
  looks: readonly Look[],
  tell: (index: number, attribute: string) => unknown,
): void {
  let seenType = false;
  let seenDigit = false;
  for (let index = 0; index < looks.length; index += 1) {
    const token = looks[index] as Look;
    const seen = seenType ? (seenDigit ? 'seen=typedigit' : 'seen=type') : seenDigit ? 'seen=digit' : 'seen=';
    tell(index, seen);
    const before = looks[index - 1];
    if (before) tell(index, pairText(before.ending, token.ending));
    const twoBefore = looks[index - 2];
    if (twoBefore) tell(index, twoBefore.twoBefore);
    const twoAfter = looks[index + 2];
    if (twoAfter) tell(index, twoAfter.twoAfter);
    seenType ||= token.kind === 'type';
    seenDigit ||= token.hasDigit;
  }
  if (looks.length === 0) return;
  tell(0, 'start');
  tell(looks.length - 1, 'end');
}

/** What a word can be by its looks and by the Postal Service's lists. */
export function kindOf(word: string): string {
  if (/\d/.test(word)) {
    if (/^\d{5}(?:-?\d{4})?$/.test(word)) return 'zip';
    if (/^\d+$/.test(word)) return 'number';
    return /^\d+(?:st|nd|rd|th)$/.test(word) ? 'ordinal' : 'mixed';
  }
  if (directionals.has(word)) return 'directional';
  if (units.has(word)) return 'unit';
  if (streetTypes.has(word)) return 'type';
  if (states.has(word)) return 'state';
  if (ordinals.has(word)) return 'ordinal';
  return word.length === 1 ? 'letter' : 'word';
}

/** What is noticed of a token by itself. */
export function attributesOfToken({ token, word, kind, hasDigit }: Look): string[] {
  const attributes = ['any', kindText(kind)];
  if (/^\d+$/.test(word)) {
    attributes.push(digitsText(word.length), zerosText(/(?<!0)0*$/.exec(word)?.[0].length));
  } else {
    attributes.push(lengthText(word.length), `w=${word}`);
    if (/.[aeiou]/.test(word)) attributes.push('vowels');
    if (word.length > 3 && !hasDigit) attributes.push(`e=${word.slice(-3)}`);
  }
  const last = token.at(-1) ?? '';
  if (last === '.') attributes.push('abbreviation');
  if (token.length > 1 && /[^\p{L}\p{N}_.]/u.test(last)) attributes.push(lastText(last));
  return attributes;
}

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** USPS Publication 28, appendix B: geographic directionals. */
const directionals = words(`
  n s e w ne nw se sw north south east west northeast northwest southeast southwest
`);

/** USPS Publication 28, appendix C2: designators of units, and how people write them. */
const units = words(`
  apartment apt apmt basement bsmt building bldg department dept floor fl flr front frnt garage hangar hngr key
  lobby lbby lot lower lowr no number office ofc penthouse ph pier rear room rm side slip space spc stop suite ste
  trailer trlr unit upper uppr
`);

/** USPS Publication 28, appendix B: two-letter codes, and the names of one word. */
const states = words(`
  al ak as az ar ca co ct de dc fl ga gu hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd
  oh ok or pa pr ri sc sd tn tx ut vt va vi wa wv wi wy
  alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois
  indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri
  montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington
  wisconsin wyoming
`);

const ordinals = words('first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth');

/** USPS Publication 28, appendix C1: names, postal abbreviations and the commonest other abbreviations. */
const streetTypes = words(`
  alley allee ally aly anex annex annx anx arcade arc av ave aven avenu avenue avenues aves avn avnue
  bayou bayoo byu bch beach bend bnd blf bluf bluff bluffs blfs bot btm bottom bottm blvd boul boulevard boulv
  br brnch branch brdge brg bridge brk brook brooks brks burg bg burgs bgs byp bypa bypas bypass byps
  camp cp cmp canyn canyon cnyn cyn cape cpe causeway causwa cswy cen cent center centers centr centre cnter
  cntr ctr ctrs cir circ circl circle crcl crcle circles cirs clf cliff clfs cliffs clb club common commons cmn
  cmns cor corner corners cors course crse court ct courts cts cove cv coves cvs creek crk crescent cres crsent
  crsnt crest crst crossing crssng xing crossroad xrd crossroads xrds curve curv dale dl dam dm div divide dv dvd
  dr driv drive drv drives drs est estate estates ests exp expr express expressway expw expy ext extension extn
  extnsn exts fall falls fls ferry frry fry field fld fields flds flat flt flats flts ford frd fords frds forest
  forests frst forg forge frg forges frgs fork frk forks frks fort frt ft freeway freewy frway frwy fwy garden
  gardn grden grdn gdn gardens gdns grdns gateway gatewy gatway gtway gtwy glen gln glens glns green grn greens
  grns grov grove grv groves grvs harb harbor harbr hbr hrbor harbors hbrs haven hvn heights ht hts highway highwy
  hiway hiwy hway hwy hill hl hills hls hllw hollow hollows holw holws inlet inlt island islnd is islands islnds
  iss isle isles jct jction jctn junction junctn juncton jctns jcts junctions key ky keys kys knl knol knoll knls
  knolls lake lk lakes lks land landing lndg lndng lane ln lanes lgt light lights lgts lf loaf lck lock lcks locks
  ldg ldge lodg lodge loop loops mall manor mnr manors mnrs meadow mdw meadows mdws medows mews mill ml mills mls
  mission missn msn mssn motorway mtwy mnt mount mt mntain mntn mountain mountin mtin mtn mountains mntns mtns nck
  neck orch orchard orchrd oval ovl overpass opas park parks prk parkway parkwy pkway pkwy pky parkways pkwys pass
  passage psge path paths pike pikes pine pne pines pnes place pl plain pln plains plns plaza plz plza point pt
  points pts port prt ports prts prairie pr prr rad radial radiel radl ramp ranch ranches rnch rnchs rapid rpd
  rapids rpds rest rst rdg rdge ridge rdgs ridges riv river rvr rivr road rd roads rds route rte rt row rue run
  shoal shl shoals shls shoar shore shr shoars shores shrs skyway skwy spg spng spring sprng spgs spngs springs
  sprngs spur spurs sq sqr sqre squ square sqrs sqs squares sta station statn stn stra strav straven stravenue
  stravn strvn strvnue stream streme strm street strt st str streets sts sumit sumitt summit smt ter terr terrace
  throughway trwy trace traces trce track tracks trak trk trks trafficway trfy trail trails trl trls trailer trlr
  trlrs tunel tunl tunls tunnel tunnels tunnl trnpk turnpike turnpk tpke underpass upas un union unions uns valley
  vally vlly vly valleys vlys vdct via viadct viaduct view vw views vws vill villag village vlg villages vlgs
  ville vl vis vist vista vst vsta walk walks wall way wy ways well wl wells wls
`);
