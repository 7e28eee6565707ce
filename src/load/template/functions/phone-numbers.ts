import { strip } from '../../blanks.ts';

/** North American numbers: ten digits, or eleven with the country's 1; any script's digits, as the sources have them. */
const phoneNumber = /(?<!\p{Nd})(1?)(\p{Nd}{3})(\p{Nd}{3})(\p{Nd}{4})(?!\p{Nd})/gu;

/** Puts dashes into the numbers of a text. */
export function dashed(text: string): string {
  return text.replace(
    phoneNumber,
    (_, country: string, area: string, exchange: string, line: string) =>
      `${country && `${country}-`}${area}-${exchange}-${line}`,
  );
}

/** A number in several columns, such as an area code and the rest; nothing without the last of them. */
export function joinedPhone(parts: readonly string[]): string {
  const filled = parts.map(strip).filter((part) => part !== '');
  if (strip(parts.at(-1) ?? '') === '') return '';
  const digits = filled.join('').replace(/[^0-9]/g, '');
  return /^1?\d{10}$/.test(digits) ? dashed(digits) : filled.join('-');
}
