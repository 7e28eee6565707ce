const letters = /[\p{L}\p{M}]+/gu;
const roman = /^(?:II|III|IV)$/;

/**
 * Names that are in capitals or in small letters alone, as people write them: `MCDONALD` is `McDonald`, `O'NEILL` is `O'Neill`.
 * A name that has both is left as it is: its owner wrote `de la Cruz` or `MacLeod` that way.
 */
export function titleCase(value: string): string {
  if (value !== value.toUpperCase() && value !== value.toLowerCase()) return value;
  return value.replace(letters, (word, at: number) => {
    if (at > 0 && roman.test(word)) return word;
    // `JOHN'S`: behind an apostrophe only a letter or two before it, as in O' and D', begin a name.
    const before = value.slice(Math.max(0, at - 4), at);
    if (/['’]$/.test(before) && !/(?<![\p{L}\p{M}])\p{L}{1,2}['’]$/u.test(before)) return word.toLowerCase();
    const small = word.toLowerCase();
    return /^mc\p{L}{2}/u.test(small) ? `Mc${capitalized(small.slice(2))}` : capitalized(small);
  });
}

function capitalized(word: string): string {
  const [first = '', ...others] = word;
  return first.toUpperCase() + others.join('');
}
