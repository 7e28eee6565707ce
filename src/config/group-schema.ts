import { z } from 'zod';
import { path, share } from '../core/settings.ts';
import { ownDelivery } from './delivery-schema.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'letters, digits and dashes only: it becomes part of file names');
/** Expressions by a name of their own. */
const rules = z.record(z.string().min(1).max(80), z.string()).default({});

/** A group of people. */
export const group = z.strictObject({
  name: name.describe('Name of the group; the first part of its file names.'),
  table: z
    .string()
    .optional()
    .describe(
      'What is read: one of `tables`, or a table or view of the source. A group of CSV files may do without: it reads `<name>.csv`.',
    ),
  columns: z.array(z.string()).min(1).optional().describe('Its columns; without them all columns are read.'),
  query: z
    .string()
    .optional()
    .describe(
      'A query, in place of `table` and `columns`: SQL over `tables` (or over the files of a `csv:` source), else in the language of the database.',
    ),
  person: z.string().describe('The column that identifies a person over all groups.'),
  template: path.describe('The template: an Alma user in XML with expressions.'),
  only_if: rules.describe(
    'Leaves out people for whom any of these expressions is empty or `false`: `{ has a card: "{{CARD_NO}}" }`. The report counts them by the name.',
  ),
  skip_if: rules.describe(
    'Leaves out people for whom any of these expressions gives a text: `{ on hold: \'{{matches STATUS "HOLD|DC"}}\' }`. The report counts them by the name.',
  ),
  guard: z
    .strictObject({
      min_people: share.optional().describe('In place of `guard.min_people`.'),
      max_value_loss: share.optional().describe('In place of `guard.max_value_loss`.'),
      max_code_loss: share.optional().describe('In place of `guard.max_code_loss`.'),
      unchanged: z.enum(['warn', 'stop']).optional().describe('In place of `guard.unchanged`.'),
      max_newly_expired: share.optional().describe('In place of `guard.max_newly_expired`.'),
    })
    .optional()
    .describe('Limits of the guard for this group alone.'),
  deliver: ownDelivery,
});
