/** Signs of a text that went wrong before it came here. */
export type Suspicion = 'invisible' | 'control' | 'replacement' | 'wrong_encoding';

/** What each is, for the report. */
export const suspicions: Readonly<Record<Suspicion, string>> = {
  invisible: 'with invisible characters, such as byte order marks or direction marks',
  control: 'with control characters, as Windows-1252 read as Latin-1 leaves them',
  replacement: 'with the replacement character U+FFFD: a letter was lost',
  wrong_encoding: 'that look like UTF-8 read in another encoding, such as Ã© for é',
};

/** Zero-width blanks, soft hyphens, direction marks, byte order marks: nothing of them shows. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** DEL and C1. */
const control = /[\u007f-\u009f]/;

/**
 * What UTF-8 looks like when it is read as Windows-1252 or Latin-1: the first byte of a Latin, Greek or Cyrillic letter
 * or of a sign, and one that can only follow it. 0x80 to 0x9F of Windows-1252 stand in the second class.
 */
const wrongEncoding =
  /[\u00c2-\u00c5\u00ce-\u00d3][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\u00e2(?:€|\u0080|\u0082|‚|„|\u0084)|\u00ef\u00bb\u00bf|\u00ef\u00bf\u00bd|\u00f0(?:Ÿ|\u009f)/;

/** What is suspicious in a value, or null. A value has more than one at times; the worst is told. */
export function suspicionOf(value: string): Suspicion | null {
  if (value.includes('\ufffd')) return 'replacement';
  if (wrongEncoding.test(value)) return 'wrong_encoding';
  if (control.test(value)) return 'control';
  return invisible.test(value) ? 'invisible' : null;
}

const nothingToSee = /[\u007f-\u009f\u2028\u2029]|\p{Default_Ignorable_Code_Point}/gu;

/** Removes from an identifier what no one can see, and what would keep it from being found. */
export function withoutInvisible(value: string): string {
  return isAscii.test(value) ? value : value.replace(nothingToSee, '');
}

const isAscii = /^[\u0000-\u007e]*$/;
