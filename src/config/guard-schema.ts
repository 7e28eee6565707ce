import { z } from 'zod';
import { count, share } from '../core/settings.ts';

const guardLimits = {
  min_people: share
    .default(0.8)
    .describe("Minimum share of the last delivery's people that a group must have."),
  max_value_loss: share
    .default(0.2)
    .describe(
      "Maximum share of the last delivery's values that a column or an element may lose, relative to the number of people.",
    ),
  max_code_loss: share
    .default(0.5)
    .describe(
      'The run stops when a code (of `user_group`, `statistic_category`, …) loses this share of its users, relative to the number of people; `1` stops only when all are lost.',
    ),
  unchanged: z
    .enum(['warn', 'stop'])
    .default('warn')
    .describe('What happens when all rows are the same as at the last delivery.'),
  max_newly_expired: share
    .default(0.05)
    .describe(
      "Users past their expiry date may grow in number since last time by at most this share of a group's users.",
    ),
};

const planLimits = {
  max_gone: share.default(0.1).describe('Maximum share of the users of the roster who may be gone.'),
  max_moved: share
    .default(0.1)
    .describe('Maximum share of the users of the roster who may get another user group.'),
  max_lost_identifiers: share
    .default(0.1)
    .describe('Maximum share of the users of the roster who may lose an identifier of one type.'),
  max_superseded: share
    .default(0.05)
    .describe('Maximum share of the users of the roster who may get another primary id.'),
  max_element_change: share
    .default(0.5)
    .describe('Maximum share of the users of the roster in whom one element may change.'),
  expected: z
    .array(z.string())
    .default(['expiry_date', 'purge_date'])
    .describe('Elements that may change in all users, such as dates that move each night.'),
};

const tableLimits = {
  max_left_out: share
    .default(0.05)
    .describe(
      "Maximum share of a table's people by which those who are in no group may have grown since last time. For tables with `person`.",
    ),
};

const fileLimits = {
  max_broken_records: count(0, 1_000_000)
    .default(5)
    .describe(
      'Maximum number of broken records that a file may have: quotes in the wrong place, or more than 20 lines or 1 MiB. With more the feed cannot be trusted, and the run stops.',
    ),
  max_broken_lines: share
    .default(0.001)
    .describe('Maximum share of the lines of a file that broken records may take.'),
};

/** What stops a run before anything is delivered. */
export const guard = z
  .strictObject({ ...guardLimits, ...tableLimits, ...planLimits, ...fileLimits })
  .prefault({})
  .describe('What stops a run before anything is delivered.');
