import { PatronflowError } from '../core/errors.ts';

/** What a feed may be instead of text, told by its first bytes. */
const otherKinds = [
  {
    begins: '504b0304',
    what: 'is a zip file or an Excel workbook, not text',
    hint: "Unpack it. For a workbook name it under tables: with format: { sheet: 1 }, or with the sheet's name.",
  },
  {
    begins: 'd0cf11e0',
    what: 'is an old Excel workbook (.xls), not text',
    hint: 'Save it as .xlsx or as "CSV UTF-8" in Excel.',
  },
  { begins: '504b0506', what: 'is a zip file without anything in it', hint: 'Ask for the feed again.' },
  { begins: '1f8b', what: 'is compressed with gzip', hint: 'Unpack it: gunzip.' },
  { begins: '425a68', behind: '314159265359', what: 'is compressed with bzip2', hint: 'Unpack it: bunzip2.' },
  { begins: 'fd377a58', what: 'is compressed with xz', hint: 'Unpack it: unxz.' },
  { begins: '28b52ffd', what: 'is compressed with zstd', hint: 'Unpack it: unzstd.' },
  { begins: '377abcaf', what: 'is a 7z file', hint: 'Unpack it: 7z e.' },
  { begins: '25504446', what: 'is a PDF', hint: 'Ask for the table as text or as a workbook.' },
];

/** What an error page of a server begins with, maybe behind the mark of UTF-8. */
const page = /^(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)/i;

const encrypted = /^(\xef\xbb\xbf)?\s*-----BEGIN PGP /;

const json = /^(\xef\xbb\xbf)?\s*(\{|\[\s*\{)\s*"[^",]*"\s*:/;

/** @throws PatronflowError SOURCE_QUERY where the first bytes of a feed are not those of a text with rows */
export function refuseOtherKinds(bytes: Buffer, name: string): void {
  const hex = bytes.subarray(0, 10).toString('hex');
  const kind = otherKinds.find(({ begins, behind = '' }) => hex.startsWith(begins) && hex.endsWith(behind));
  if (kind) throw refusal(name, kind.what, kind.hint);
  const head = bytes.toString('latin1', 0, 128);
  if (encrypted.test(head))
    throw refusal(name, 'is encrypted with PGP', 'Decrypt it before the run: gpg --decrypt.');
  if (json.test(head)) throw refusal(name, 'is JSON, not a table', 'Ask for the table as CSV.');
  if (page.test(head))
    throw refusal(
      name,
      'is a web page or XML, not a table',
      'Look at it: a server may have sent an error or a login page.',
    );
}

const unicodeMarks = [
  // Before UTF-16, whose mark is the beginning of this one.
  { begins: 'fffe0000', encoding: 'UTF-32' },
  { begins: '0000feff', encoding: 'UTF-32' },
  { begins: 'fffe', encoding: 'UTF-16' },
  { begins: 'feff', encoding: 'UTF-16' },
];

/** @throws PatronflowError SOURCE_QUERY where the first bytes of what should be UTF-8 are those of UTF-16 or UTF-32 */
export function refuseUtf16(bytes: Buffer, name: string): void {
  const hex = bytes.subarray(0, 4).toString('hex');
  const mark = unicodeMarks.find(({ begins }) => hex.startsWith(begins));
  const encoding = mark?.encoding ?? unmarkedUtf16(bytes);
  if (encoding === null) return;
  throw refusal(name, `is ${encoding.slice(0, 6)}, not UTF-8`, convertHint(encoding));
}

const marks = [
  { begins: 'efbbbf', encoding: 'utf-8' },
  { begins: 'fffe', encoding: 'utf-16le' },
  { begins: 'feff', encoding: 'utf-16be' },
];

/** @throws PatronflowError SOURCE_QUERY where a feed begins with the mark of another encoding than it should have: every byte may have a meaning in both */
export function refuseOtherMark(bytes: Buffer, name: string, encoding: string): void {
  const hex = bytes.subarray(0, 3).toString('hex');
  const mark = marks.find(({ begins }) => hex.startsWith(begins));
  if (!mark || mark.encoding === encoding) return;
  throw refusal(
    name,
    `begins with the mark of ${mark.encoding}, not of ${encoding}`,
    `Set format: { encoding: ${mark.encoding} } in its table.`,
  );
}

function refusal(name: string, what: string, hint: string): PatronflowError {
  return new PatronflowError('SOURCE_QUERY', `${name} ${what}.`, { hint });
}

/** What to do with a file in another encoding than UTF-8. */
export function convertHint(encoding: string): string {
  return `Export it as UTF-8, or set format: { encoding: ${encoding.toLowerCase()} } in its table, or convert it: iconv -f ${encoding} -t UTF-8 FILE > FILE.utf8, then put FILE.utf8 in its place.`;
}

/** Bytes looked at for an encoding without a mark. */
const sample = 4096;

/** UTF-16 without its mark: of mostly Latin text every second byte is zero. Lone zero bytes are a matter of one value. */
function unmarkedUtf16(bytes: Buffer): string | null {
  const length = Math.min(bytes.length, sample) & ~1;
  if (length < 4) return null;
  const zeros = [0, 0];
  for (let at = 0; at < length; at += 1) if (bytes[at] === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = length / 4;
  if (odd > many && even === 0) return 'UTF-16LE';
  if (even > many && odd === 0) return 'UTF-16BE';
  return null;
}
