/** Why a patron does not go out. Counted, reported, and the run goes on. */
export type RejectReason = 'too_long_to_hash' | 'refused_by_schema';

/** What each reason means, for the report. */
export const rejectReasons: Readonly<Record<RejectReason, string>> = {
  too_long_to_hash: 'the id and address are longer than the 72 bytes that bcrypt reads',
  refused_by_schema: 'the Avro schema rejects the record',
};
