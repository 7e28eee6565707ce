import { z } from 'zod';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import { objectStores } from '../adapters/objects/index.ts';
import { count } from '../core/settings.ts';

export const ownDelivery = z
  .strictObject({
    to: objectStores.url.describe('The folder that Alma reads for these users alone.'),
    ...objectStores.optionalBlocks(),
  })
  .optional()
  .describe(
    'A folder of its own, where an Alma profile loads one kind of users. Takes the `s3` or `sftp` of `deliver` where it has none of its own.',
  );

export const deliver = z
  .strictObject({
    to: objectStores.url.describe(`The folder that Alma reads: ${objectStores.documented}.`),
    replace: z
      .enum(['own', 'all'])
      .default('own')
      .describe(
        'Which older `*.zip` files of the folder a run removes: `own`, those that this job wrote, or `all`.',
      ),
    what: z
      .enum(['all', 'changed'])
      .default('all')
      .describe(
        'Which users are delivered: `all`, or `changed`, those that Alma does not have as they are now. `changed` needs a roster.',
      ),
    all_every_days: count(1, 3650)
      .default(7)
      .describe('Days after which all users are delivered, where `what` is `changed`.'),
    ignore_alone: z
      .array(z.string())
      .default([])
      .describe(
        'Elements whose change alone makes no user a changed one, such as an `expiry_date` that is counted from the day of the run. What has changed in them goes with the next delivery of all users.',
      ),
    ...objectStores.blocks(),
  })
  .describe('Where the zip files go.');

export const ledger = z
  .strictObject({
    at: checkpoints.url
      .regex(/\.json$/, 'must name a .json file')
      .describe(
        "The ledger's own place. Without it: `ledger.json` in a folder beside the delivery's, called `<folder>-ledger`.",
      ),
    ...checkpoints.optionalBlocks(),
  })
  .describe(
    'Counts of the last delivered run, for the guard. Never in the folder that Alma reads. Takes the `s3` or `sftp` of `deliver` where it has none of its own.',
  );
