import { dateFromSerial, format, getFormatFromId, isDateFormat } from 'numfmt';
import { numberText as plainNumber } from '../../core/row-text.ts';

/** How the numbers of a style are written. */
export type NumberStyle = 'plain' | 'date' | { readonly shown: string };

/** Characters of a cell, as many as Excel takes twice over. What is longer is cut: it rejects its person anyway. */
export const maxCharacters = 70_000;

/** Days between the two calendars of Excel: 1904 is that of old Macintoshes. */
const daysTo1904 = 1462;

/** Formats that only lay digits out, such as `00000` or `000-00-0000`: what people see is the value. */
const digitsOnly = /^(?:0|[-() /]|\\.|"[^"]*")+$/;

/**
 * @param id number of the format in the style
 * @param custom formats of the workbook, by their number
 */
export function numberStyle(id: number, custom: ReadonlyMap<number, string>): NumberStyle {
  const code = custom.get(id) ?? getFormatFromId(id) ?? 'General';
  if (isDateFormat(code)) return 'date';
  return digitsOnly.test(code) && (code.match(/0/g)?.length ?? 0) > 1 ? { shown: code } : 'plain';
}

/**
 * The text of a number as a person reads it in the sheet: dates as `YYYY-MM-DD` (with `HH:MM:SS` where there is a time), whole
 * numbers without `.0` and never as `2.0112E+13`, and leading zeros where the format shows them.
 */
export function numberText(written: string, style: NumberStyle, is1904: boolean): string {
  const value = Number(written);
  if (written.trim() === '' || !Number.isFinite(value)) return written;
  if (style === 'date') return dateText(is1904 ? value + daysTo1904 : value);
  if (style !== 'plain' && Number.isInteger(value) && value >= 0) return format(style.shown, value);
  return plainNumber(value);
}

function dateText(serial: number): string {
  const [year, month, day, hours, minutes, seconds] = dateFromSerial(serial);
  const two = (part = 0) => String(part).padStart(2, '0');
  const time = `${two(hours)}:${two(minutes)}:${two(Math.floor(seconds ?? 0))}`;
  // A time of day without a day.
  if (serial >= 0 && serial < 1) return time;
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return time === '00:00:00' ? date : `${date} ${time}`;
}

/** A date as ISO 8601 writes it, in the form of the others. */
export function isoDateText(written: string): string {
  const [, date = '', time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)\S*)?$/.exec(written) ?? [];
  if (date === '') return written;
  return time === '00:00:00' ? date : `${date} ${time}`;
}

/** What XML cannot hold, and a CR, stands in a text by its number: `_x000D_` (ECMA-376, part 1, 22.9.2.19). */
export function withoutEscapes(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
