/** Why a person is not written. Counted, reported, and the run goes on. */
export type RejectReason =
  | 'no_person_key'
  | 'unreadable_row'
  | 'missing_required'
  | 'wrong_value'
  | 'unreadable_date'
  | 'value_not_allowed'
  | 'value_too_long'
  | 'identifier_too_long'
  | 'identifier_taken';

/** What each reason means, for the report. */
export const rejectReasons: Readonly<Record<RejectReason, string>> = {
  no_person_key: 'no value in the column that identifies a person',
  unreadable_row: 'the row has too many or too few fields, or broken quotes',
  missing_required: 'an element that the configuration requires came out empty',
  wrong_value: "a value that is not of its element's type",
  unreadable_date: 'a date that does not have the written pattern',
  value_not_allowed: 'a value that the configuration does not allow',
  value_too_long: 'a value of more than 65,536 characters',
  identifier_too_long: 'an identifier longer than Alma takes; it cannot be cut',
  identifier_taken: 'an identifier that an earlier person of this run has',
};

/** Thrown while a user is being filled; carries the element, never the value. */
export class RejectedPerson extends Error {
  readonly reason: RejectReason;
  readonly element: string;

  constructor(reason: RejectReason, element = '') {
    super(reason);
    this.reason = reason;
    this.element = element;
  }
}
