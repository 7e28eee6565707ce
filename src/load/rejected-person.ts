import type { UnreadableRow } from '../feeds/table-rows.ts';
import type { PersonPlace } from './people-register.ts';

/** Why a person is not written. Counted, reported, and the run goes on. */
export type RejectReason =
  | 'no_person_key'
  | 'rejected_before'
  | UnreadableRow['reason']
  | 'missing_required'
  | 'wrong_value'
  | 'unreadable_date'
  | 'unreadable_number'
  | 'unknown_term'
  | 'too_many_items'
  | 'value_not_allowed'
  | 'value_too_long'
  | 'purge_too_early'
  | 'identifier_too_long'
  | 'identifier_taken';

/** What each reason means, for the report. */
export const rejectReasons: Readonly<Record<RejectReason, string>> = {
  no_person_key: 'no value in the column that identifies a person',
  rejected_before: 'the same person was rejected in an earlier group',
  too_few_fields: 'fewer fields than the header has',
  too_many_fields: 'more fields than the header has',
  broken_quotes: 'a quote in the wrong place',
  unclosed_quote: 'a quote that never closes',
  record_too_long: 'a row of more than 20 lines or 1 MiB, probably because of a stray quote',
  joined_rows: 'rows joined into one by stray quotes',
  wrong_width: 'a line of another length than the layout has',
  error_cell: 'a cell with an error such as #N/A, or with a formula without a value',
  missing_required: 'an element that the configuration requires came out empty',
  wrong_value: 'a value of the wrong type for its element',
  unreadable_date: 'a date that cannot be read, or a day that does not exist',
  unreadable_number: 'a number that cannot be read',
  unknown_term: 'a term that the calendar does not have, or a day after its last one',
  too_many_items: 'a list of more than 100 values in one column',
  value_not_allowed: 'a value that the configuration does not allow',
  value_too_long: 'a value of more than 65,536 characters, or of 4,096 where `replace` looks',
  purge_too_early:
    'a purge date before the expiry date or before today; Alma cannot bring a purged user back',
  identifier_too_long: 'an identifier longer than Alma accepts; it cannot be cut',
  identifier_taken: 'an identifier that another person of this run has',
};

/** Thrown while a user is being filled; carries the element, never the value. */
export class RejectedPerson extends Error {
  readonly reason: RejectReason;
  readonly element: string;
  /** Who has the identifier. */
  readonly owner: PersonPlace | null;
  /** The function of an expression that could not read a value. */
  readonly functionName: string;

  constructor(reason: RejectReason, element = '', owner: PersonPlace | null = null, functionName = '') {
    super(reason);
    this.reason = reason;
    this.element = element;
    this.owner = owner;
    this.functionName = functionName;
  }
}
