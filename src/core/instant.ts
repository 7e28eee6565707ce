/**
 * A moment in UTC to the microsecond, `2026-03-01 12:00:00.123456`. As text it loses nothing of what PostgreSQL
 * keeps, which a Date would, and compares as it sorts.
 */
export type Instant = string;

/** A day, `2026-03-01`. */
export type Day = string;

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(Z|[+-]\d\d(?::?\d\d){0,2})?$/i;

/**
 * Reads a time as PostgreSQL and Python write it: `2020-01-01 00:00:00-05`, `2026-03-01T07:00:00.5-05:00`.
 * @param zone where a time without an offset is meant, such as `America/New_York`
 * @returns null for what is no time
 */
export function parseInstant(text: string, zone: string): Instant | null {
  const match = pattern.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return null;
  const shift = offset === undefined ? localOffset(local, zone) : offsetSeconds(offset);
  const whole = new Date(local - shift * 1000).toISOString().slice(0, 19).replace('T', ' ');
  // The first and the last hours of a calendar of four digits may lie beyond it in UTC.
  if (!/^\d/.test(whole)) return null;
  return `${whole}.${fraction.slice(0, 6).padEnd(6, '0')}`;
}

export function instantOf(time: Date): Instant {
  return `${time.toISOString().slice(0, 23).replace('T', ' ')}000`;
}

export function dateOf(instant: Instant): Date {
  return new Date(`${instant.replace(' ', 'T')}Z`);
}

/**
 * The moment as Python's `isoformat` writes it in a zone, which is how the checkpoint keeps it:
 * `2026-03-01T07:00:00.123456-05:00`, without a fraction when that is 0.
 */
export function zonedText(instant: Instant, zone: string): string {
  const time = dateOf(`${instant.slice(0, 19)}.000`);
  const shift = zoneOffset(time, zone);
  const local = new Date(time.getTime() + shift * 1000).toISOString().slice(0, 19);
  const fraction = instant.slice(20);
  return local + (Number(fraction) === 0 ? '' : `.${fraction}`) + offsetText(shift);
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}

/** Seconds that the clocks of a zone are before UTC at a moment; negative in America. */
function zoneOffset(time: Date, zone: string): number {
  const name = formatOf(zone)
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return offsetSeconds((name ?? '').replace('GMT', ''));
}

/** The offset of a wall-clock time; the second look is for times near a change of the clocks. */
function localOffset(local: number, zone: string): number {
  const first = zoneOffset(new Date(local), zone);
  return zoneOffset(new Date(local - first * 1000), zone);
}

function offsetSeconds(offset: string): number {
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] =
    /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(offset) ?? [];
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -total : total;
}

function offsetText(seconds: number): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const total = Math.abs(seconds);
  const rest = total % 60 === 0 ? '' : `:${two(total % 60)}`;
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}${rest}`;
}
