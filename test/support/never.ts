/** The signal of a run that nobody stops. */
export const never: AbortSignal = new AbortController().signal;
