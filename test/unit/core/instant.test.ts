import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateOf, instantOf, isTimeZone, parseInstant, zonedText } from '../../../src/core/instant.ts';

const newYork = 'America/New_York';
const zones = [
  'UTC',
  newYork,
  'America/St_Johns',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Monrovia',
];

describe('a time as text', () => {
  it.each([
    ['PostgreSQL', '2020-01-01 00:00:00-05', '2020-01-01 05:00:00.000000'],
    ['PostgreSQL with a fraction', '2026-03-01 07:00:00.5-05', '2026-03-01 12:00:00.500000'],
    ['PostgreSQL with minutes of offset', '2026-03-01 17:45:00+05:45', '2026-03-01 12:00:00.000000'],
    ['PostgreSQL before standard time', '1850-01-01 00:00:00-04:56:02', '1850-01-01 04:56:02.000000'],
    ['Python', '2026-03-01T07:00:00.123456-05:00', '2026-03-01 12:00:00.123456'],
    ['Python without a fraction', '2026-03-01T07:00:00-05:00', '2026-03-01 12:00:00.000000'],
    ['ISO 8601 in UTC', '2026-03-01T12:00:00.123Z', '2026-03-01 12:00:00.123000'],
    ['ISO 8601 without colons in the offset', '2026-03-01T12:00:00+0130', '2026-03-01 10:30:00.000000'],
    ['lower case', '2026-03-01t12:00:00z', '2026-03-01 12:00:00.000000'],
    ['blanks around it and before the offset', '  2026-03-01 07:00 -05 ', '2026-03-01 12:00:00.000000'],
    ['more digits than microseconds', '2026-03-01 12:00:00.1234569Z', '2026-03-01 12:00:00.123456'],
    ['a day', '2026-03-01', '2026-03-01 05:00:00.000000'],
    ['no offset, in winter', '2026-03-01 12:00:00', '2026-03-01 17:00:00.000000'],
    ['no offset, in summer', '2026-07-01 12:00:00.000001', '2026-07-01 16:00:00.000001'],
    ['a leap day', '2024-02-29 12:00:00Z', '2024-02-29 12:00:00.000000'],
    ['another day in UTC', '2025-12-31 23:30:00-05', '2026-01-01 04:30:00.000000'],
    ['a year that Python knows as its first', '0001-01-01 00:00:00+00', '0001-01-01 00:00:00.000000'],
  ])('is read from %s', (_, text, instant) => {
    expect(parseInstant(text, newYork)).toBe(instant);
  });

  it.each([
    '',
    'yesterday',
    'infinity',
    '2026',
    '2026-3-1',
    '2026-13-01',
    '2026-00-10',
    '2026-02-29',
    '2026-04-31 12:00:00Z',
    '2026-03-01 24:00:00Z',
    '2026-03-01 12:60:00Z',
    '2026-03-01 12:00:60Z',
    '2026-03-01 12',
    '2026-03-01 12:00:00 EST',
    '2026-03-01 12:00:00,5Z',
    '2026-03-01 12:00:00.Z',
    '44-03-15 12:00:00 BC',
    '10000-01-01 00:00:00Z',
    '2026-03-01 12:00:00Z and more',
    '2026-03-01 12:00:00-5',
    // No four digits are left of these years in UTC, and text with a sign would not sort as time.
    '9999-12-31 23:59:59-05',
    '0000-01-01 00:00:00+01',
  ])('is not read from "%s"', (text) => {
    expect(parseInstant(text, newYork)).toBeNull();
  });

  it.each([
    ['before the clocks go forward', newYork, '2026-03-08 01:59:59', '2026-03-08 06:59:59.000000'],
    ['after they went forward', newYork, '2026-03-08 03:00:00', '2026-03-08 07:00:00.000000'],
    ['before the clocks go back', newYork, '2026-11-01 00:59:59', '2026-11-01 04:59:59.000000'],
    ['after they went back', newYork, '2026-11-01 02:00:00', '2026-11-01 07:00:00.000000'],
    [
      'before the clocks go forward in the east',
      'Europe/Berlin',
      '2026-03-29 01:59:59',
      '2026-03-29 00:59:59.000000',
    ],
    [
      'after they went forward in the east',
      'Europe/Berlin',
      '2026-03-29 03:00:00',
      '2026-03-29 01:00:00.000000',
    ],
    [
      'after they went back in the east',
      'Europe/Berlin',
      '2026-10-25 03:00:00',
      '2026-10-25 02:00:00.000000',
    ],
  ])('without an offset is that of the zone %s', (_, zone, text, instant) => {
    expect(parseInstant(text, zone)).toBe(instant);
  });

  it('that the clocks show twice, or never, is within the hour of their change', () => {
    expect(['2026-11-01 05:30:00.000000', '2026-11-01 06:30:00.000000']).toContain(
      parseInstant('2026-11-01 01:30:00', newYork),
    );
    expect(['2026-03-08 06:30:00.000000', '2026-03-08 07:30:00.000000']).toContain(
      parseInstant('2026-03-08 02:30:00', newYork),
    );
  });
});

describe('a moment in a zone', () => {
  it.each([
    ['2026-03-01 12:00:00.123456', newYork, '2026-03-01T07:00:00.123456-05:00'],
    ['2026-07-01 12:00:00.000000', newYork, '2026-07-01T08:00:00-04:00'],
    ['2026-03-01 12:00:00.000100', 'UTC', '2026-03-01T12:00:00.000100+00:00'],
    ['2026-03-01 12:00:00.000000', 'Asia/Kathmandu', '2026-03-01T17:45:00+05:45'],
    ['2026-03-01 12:00:00.000000', 'America/St_Johns', '2026-03-01T08:30:00-03:30'],
    ['1850-01-01 04:56:02.000000', newYork, '1850-01-01T00:00:00-04:56:02'],
    // The same hour on the clock, told apart by the offset.
    ['2026-11-01 05:30:00.000000', newYork, '2026-11-01T01:30:00-04:00'],
    ['2026-11-01 06:30:00.000000', newYork, '2026-11-01T01:30:00-05:00'],
  ])("%s in %s is written as Python's isoformat does", (instant, zone, text) => {
    expect(zonedText(instant, zone)).toBe(text);
    expect(parseInstant(text, 'UTC')).toBe(instant);
  });

  const instants = fc
    .tuple(
      fc.date({
        min: new Date('0001-01-02T00:00:00Z'),
        max: new Date('9999-12-30T00:00:00Z'),
        noInvalidDate: true,
      }),
      fc.integer({ min: 0, max: 999_999 }),
    )
    .map(([date, micros]) => `${instantOf(date).slice(0, 20)}${String(micros).padStart(6, '0')}`);

  it('is read back as it was written, in any zone, even if it is read in another', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), fc.constantFrom(...zones), (instant, zone, other) => {
        expect(parseInstant(zonedText(instant, zone), other)).toBe(instant);
      }),
    );
  });

  it('is read back without its offset too, but for the hours that the clocks show twice', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const written = zonedText(instant, zone);
        const near = [-2, 2].map((hours) => {
          const time = new Date(dateOf(instant).getTime() + hours * 3_600_000);
          return zonedText(instantOf(time), zone).replace(/^.*(?=[+-])/, '');
        });
        fc.pre(near.every((offset) => written.endsWith(offset)));
        expect(parseInstant(written.replace(/[+-]\d\d:\d\d(:\d\d)?$/, ''), zone)).toBe(instant);
      }),
    );
  });

  it('compares as text as it does in time', () => {
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const millis = dateOf(a).getTime() - dateOf(b).getTime();
        if (millis !== 0) expect(a < b).toBe(millis < 0);
      }),
    );
  });
});

describe('a Date', () => {
  it('becomes an instant and comes back', () => {
    const date = new Date('2026-03-01T12:00:00.123Z');
    expect(instantOf(date)).toBe('2026-03-01 12:00:00.123000');
    expect(dateOf('2026-03-01 12:00:00.123000')).toEqual(date);
    expect(dateOf('2026-03-01 12:00:00.123999')).toEqual(date);
  });
});

describe('a time zone', () => {
  it('is known by its name', () => {
    expect([newYork, 'UTC', 'Europe/Berlin', 'New York', '', 'EST5EDT7'].map(isTimeZone)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
