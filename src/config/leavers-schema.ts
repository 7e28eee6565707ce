import { z } from 'zod';
import { count, path, share } from '../core/settings.ts';
import { ownDelivery } from './delivery-schema.ts';
import type { Unfinished } from './schema-parts.ts';

/** The name that the file of leavers has, as groups have theirs. */
export const leaversName = 'leavers';

export const leavers = z
  .strictObject({
    template: path.describe(
      'The template of leavers: a `user` with nothing but the elements that change. It is laid over the user that was sent last.',
    ),
    after_days: count(0, 3650).default(3).describe('Days that a user must have been missing for.'),
    after_runs: count(1, 365)
      .default(3)
      .describe(
        'Runs that a user must have been missing in. A run whose rows are all the same as before does not count.',
      ),
    at_most: z
      .strictObject({
        share: share
          .default(0.02)
          .describe('Maximum share of the users of the roster that may leave in a run. Three always may.'),
        users: count(1, 10_000_000).default(500).describe('Maximum number of users that may leave in a run.'),
      })
      .prefault({})
      .describe(
        'More leavers than this are taken for a mistake of the feed: the run expires none, and the report says so.',
      ),
    max_rejects: share.default(0.02).describe('Share of rejected rows above which a run expires no one.'),
    trial_runs: count(0, 365)
      .default(7)
      .describe(
        'Runs that only report leavers, with these settings and this template, before the first is expired.',
      ),
    purge_after_days: count(0, 36_500)
      .default(180)
      .describe(
        'Minimum number of days from the run to a `purge_date` that the template writes. Alma cannot bring a purged user back.',
      ),
    deliver: ownDelivery,
  })
  .describe(
    'What becomes of users who are in no group any more. Needs a roster. Their file is `leavers_….zip`.',
  );

/** The keys that depend on the roster. */
interface RosterConfig {
  readonly roster: 'none' | 'beside';
  readonly leavers: object;
  readonly deliver: { readonly what: 'all' | 'changed' };
  readonly groups: readonly { readonly name: string }[];
}

/** What needs a roster, and the name that the file of leavers takes. */
export function checkRoster(
  { roster, leavers, deliver, groups }: Unfinished<RosterConfig>,
  problem: (path: (string | number)[], message: string) => void,
): void {
  const hasRoster = roster !== undefined && roster !== 'none';
  if (deliver?.what === 'changed' && !hasRoster) problem(['deliver', 'what'], 'changed needs roster: beside');
  if (!leavers) return;
  if (!hasRoster) problem(['leavers'], 'leavers are found by the roster; set roster: beside');
  const at = (groups ?? []).findIndex((group) => group?.name === leaversName);
  if (at >= 0) problem(['groups', at, 'name'], 'the file of leavers has this name; call the group otherwise');
}
