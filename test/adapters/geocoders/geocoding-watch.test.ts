import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GeocodingWatch } from '../../../src/adapters/clients/geocoding-watch.ts';
import { listening } from '../../support/told.ts';

let watch: GeocodingWatch;
let lines: string[];
let finish: () => void;
let work: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T05:00:00Z') });
  const told = listening();
  lines = told.lines;
  watch = new GeocodingWatch('G', told.log);
  work = watch.during(1000, () => new Promise<void>((resolve) => (finish = resolve)));
});
afterEach(async () => {
  finish();
  await work;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const later = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);

describe('a geocoder at work', () => {
  it('tells once a minute how far it is', () => {
    for (let at = 0; at < 13; at += 1) {
      watch.answered(50);
      later(10);
    }
    expect(lines).toEqual([
      'info The geocoder G is at work. 300 of 1000 addresses done.',
      'info The geocoder G is at work. 600 of 1000 addresses done.',
    ]);
  });

  it('tells nothing of a failure that the next answers follow', () => {
    watch.failed('HTTP 502', 'retrying in 2 s');
    for (let at = 0; at < 7; at += 1) {
      later(8);
      watch.answered(10);
    }
    expect(lines).toEqual([]);
  });
});

describe('trouble with a geocoder', () => {
  it('is told after ten seconds, then twice a minute, with what happens next', () => {
    watch.failed('HTTP 503', 'retrying in 8 s');
    later(9);
    expect(lines).toEqual([]);
    watch.failed('no answer in time', 'retrying in 16 s');
    later(1);
    watch.failed('HTTP 503', 'retrying in 32 s');
    later(29);
    expect(lines).toEqual([
      'warn The geocoder G fails: no answer in time, 2 times since 05:00:00 UTC. 0 of 1000 addresses done. Next: retrying in 16 s.',
    ]);
    later(1);
    expect(lines.slice(1)).toEqual([
      'warn The geocoder G fails: HTTP 503, 3 times since 05:00:00 UTC. 0 of 1000 addresses done. Next: retrying in 32 s.',
    ]);
  });

  it('of a service that answers some and fails on others is told as long as it lasts', () => {
    for (let at = 0; at < 12; at += 1) {
      watch.failed('HTTP 502', 'retrying in 2 s');
      watch.answered(10);
      later(10);
    }
    expect(lines.map((line) => /\w+ times since \S+/.exec(line)?.[0])).toEqual([
      undefined,
      '4 times since 05:00:00',
      '7 times since 05:00:00',
      '10 times since 05:00:00',
    ]);
  });

  it('is told to be over once there was no failure for half a minute', () => {
    watch.failed('HTTP 503', 'retrying in 8 s');
    later(20);
    watch.answered(10);
    later(9);
    watch.answered(10);
    expect(lines).toHaveLength(1);
    later(1);
    watch.answered(10);
    expect(lines.slice(1)).toEqual([
      'info The geocoder G has recovered after 30 s. 30 of 1000 addresses done.',
    ]);
  });

  it('is told where nothing fails and nothing is answered', () => {
    later(5);
    watch.answered(10);
    later(60);
    expect(lines).toEqual([
      'warn The geocoder G has not answered since 05:00:05 UTC. 10 of 1000 addresses done. Still waiting.',
      'warn The geocoder G has not answered since 05:00:05 UTC. 10 of 1000 addresses done. Still waiting.',
    ]);
  });
});
