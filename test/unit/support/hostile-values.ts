import fc from 'fast-check';

/** Values as bad as they come: any unit of UTF-16, blanks of all kinds, what XML and the templates look for, and far too long ones. */
export const hostileValue = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 40,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom(...'\u0000\u001c\u0085\u00a0\u2028\ufeff\ufffe\ud83d\ude00 \t\r\n&<>"\'a1'),
      maxLength: 12,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      'G',
      'G\n',
      '7',
      'NIU',
      '10',
      'NONE',
      '6175550123',
      'constructor',
      '__proto__',
      '{{A}}',
      '{{#if B}}{{else}}',
      ']]>',
      '<![CDATA[x]]>',
      '<!-- x -->',
      '<?xml version="1.0"?>',
      '&amp;&#0;&#x1F600;&unknown;',
      '\u202e\u2067שלום\u2069 مكتبة\u202c',
      '\u0000',
      '\ud83d',
      '\udc00\ud83d',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => text.repeat(400)) },
  { weight: 1, arbitrary: fc.nat({ max: 5000 }).map((length) => `${' '.repeat(length)}x`) },
);

/** What a value is after cleaning, said in another way than the code says it. */
export function cleaned(text: string, max = Number.POSITIVE_INFINITY): string {
  const allowed = [...text].filter((character) => {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x20) return point === 9 || point === 10 || point === 13;
    return (point < 0xd800 || point > 0xdfff) && point !== 0xfffe && point !== 0xffff;
  });
  const short = allowed.slice(0, max).join('');
  return isBlank(short) ? '' : short;
}

const pythonBlanks = [
  9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
];
const isBlankCharacter = (character: string): boolean => {
  const point = character.codePointAt(0) ?? 0;
  return pythonBlanks.includes(point) || (point >= 0x2000 && point <= 0x200a);
};

/** Ranges of what does not show: control characters, and what Unicode calls default ignorable. */
const unseen = [
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

/** What shows of a value. */
export function visible(text: string): string {
  return [...text]
    .filter((character) => {
      const point = character.codePointAt(0) ?? 0;
      return !unseen.some(([first = 0, last = 0]) => point >= first && point <= last);
    })
    .join('');
}

const isBlank = (text: string): boolean => [...visible(text)].every(isBlankCharacter);

export function stripped(text: string): string {
  const characters = [...text];
  while (isBlankCharacter(characters[0] ?? 'x')) characters.shift();
  while (isBlankCharacter(characters.at(-1) ?? 'x')) characters.pop();
  return characters.join('');
}
