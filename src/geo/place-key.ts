import anyAscii from 'any-ascii';
import { directionals, nameWords } from './street-words.ts';

/** A place as it is compared: W DES MOINES, MT PLEASANT, ST PETERS. */
export function placeKey(name: string): string {
  const plain = isAscii.test(name) ? name : anyAscii(name);
  return plain
    .toUpperCase()
    .replace(/['`.]/g, '')
    .split(/[^A-Z0-9]+/)
    .filter(Boolean)
    .map(placeWord)
    .join(' ');
}

/** A word of a place, in upper case, as it is compared. */
export function placeWord(word: string): string {
  return directionals.get(word) ?? nameWords.get(word) ?? word;
}

const isAscii = /^[\0-\x7f]*$/;
