import { describe, expect, it } from 'vitest';
import {
  fallenError,
  noShares,
  nothingWatched,
  type Sample,
  watchBatch,
} from '../../../src/poll/watched-shares.ts';

const known = (hits: number, of: number) => ({ ...noShares, known: { hits, of } });
const watched = (last: Sample | null, current: Sample = { hits: 0, of: 0 }) => ({
  ...nothingWatched,
  known: { last, current },
});

describe('a share that is watched', () => {
  it('adds small batches up to a sample of two hundred, and then takes the next one', () => {
    let { shares } = watchBatch(nothingWatched, known(90, 100));
    expect(shares.known).toEqual({ last: null, current: { hits: 90, of: 100 } });
    ({ shares } = watchBatch(shares, known(9, 99)));
    expect(shares.known).toEqual({ last: null, current: { hits: 99, of: 199 } });
    ({ shares } = watchBatch(shares, known(1, 1)));
    expect(shares.known).toEqual({ last: { hits: 100, of: 200 }, current: { hits: 0, of: 0 } });
    expect(shares.found).toEqual(nothingWatched.found);
  });

  it.each<[string, Sample | null, Sample, boolean]>([
    ['has fallen below a tenth', { hits: 200, of: 200 }, { hits: 19, of: 200 }, true],
    ['has fallen to nothing', { hits: 480, of: 500 }, { hits: 0, of: 1000 }, true],
    ['has fallen to a tenth', { hits: 200, of: 200 }, { hits: 20, of: 200 }, false],
    ['is all that there is', { hits: 200, of: 200 }, { hits: 200, of: 200 }, false],
    ['is too small a sample yet', { hits: 200, of: 200 }, { hits: 0, of: 199 }, false],
    ['has nothing to be compared with', null, { hits: 0, of: 1000 }, false],
    ['was nothing before', { hits: 0, of: 200 }, { hits: 0, of: 1000 }, false],
    ['was so little that none may be chance', { hits: 8, of: 200 }, { hits: 0, of: 200 }, false],
  ])('%s: %o, then %o', (_, last, now, hasFallen) => {
    const { fallen } = watchBatch(watched(last), known(now.hits, now.of));
    expect(fallen).toEqual(hasFallen ? [{ name: 'known', last, current: now }] : []);
  });

  it('that has fallen is an error that tells figures, what to look at and how to let it pass', () => {
    const shares = { last: { hits: 190, of: 200 }, current: { hits: 0, of: 1018 } };
    const table = fallenError({ name: 'known', ...shares }, 'postgres://w/lake, table patron_info');
    expect(table).toMatchObject({ code: 'GUARD_STOPPED', kind: 'guard' });
    expect(table.message).toBe(
      'postgres://w/lake, table patron_info knows hardly any of the updated patrons any more (0.0 % of 1018, after 95.0 % of 200). The batch was not sent.',
    );
    expect(table.hint).toContain('--accept-change');
    expect(fallenError({ name: 'found', ...shares }, '').message).toContain('The geocoders find hardly any');
  });
});
