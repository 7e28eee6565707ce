/** The signal of a run that is never stopped. */
export const never: AbortSignal = new AbortController().signal;
