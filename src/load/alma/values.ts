import type { ValueType } from './rules.ts';

/** Between -14:00 and +14:00, as XML Schema has it. */
const zone = '(Z|[+-](0\\d|1[0-3]):[0-5]\\d|[+-]14:00)?';
/** `YYYY-MM-DD`, with an optional zone. */
const date = new RegExp(`^(\\d{4})-(\\d\\d)-(\\d\\d)${zone}$`);
const dateTime = new RegExp(
  `^(\\d{4})-(\\d\\d)-(\\d\\d)T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d+)?${zone}$`,
);

/** Tells whether Alma can read a value of a type. Empty dates and booleans are not values: leave the element out. */
export function isOfType(value: string, type: ValueType): boolean {
  switch (type) {
    case 'string':
      return true;
    case 'boolean':
      return value === 'true' || value === 'false' || value === '1' || value === '0';
    case 'int':
      return /^[+-]?\d{1,10}$/.test(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31;
    case 'float':
      return /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|INF|-INF|NaN)$/.test(value);
    case 'date':
      return isDay(date.exec(value));
    case 'dateTime':
      return isDay(dateTime.exec(value));
  }
}

function isDay(match: RegExpExecArray | null): boolean {
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  return (
    year > 0 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
  );
}

/** Length in characters as XML Schema counts them: code points, so an emoji is one. */
export function lengthOf(value: string): number {
  let length = value.length;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) length -= 1;
  }
  return length;
}

/** The first `max` characters, never half of one. */
export function cut(value: string, max: number): string {
  return [...value].slice(0, max).join('');
}
