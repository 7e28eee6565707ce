import type { IncomingHttpHeaders } from 'node:http';

export type Refusal = 'PreconditionFailed' | 'NoSuchKey';

/** Puts one after the other, and only those whose conditions hold, as AWS takes them since 2024. */
export class ConditionalPuts {
  #last: Promise<unknown> = Promise.resolve();

  /** @param etagOf tells the ETag of what is there, null when nothing is */
  run<T>(
    headers: IncomingHttpHeaders,
    etagOf: () => Promise<string | null>,
    put: () => Promise<T>,
  ): Promise<T | Refusal> {
    const next = this.#last.then(async () => refusalOf(headers, await etagOf()) ?? put());
    this.#last = next.catch(() => {});
    return next;
  }
}

function refusalOf(headers: IncomingHttpHeaders, etag: string | null): Refusal | null {
  const { 'if-match': match, 'if-none-match': none } = headers;
  if (match !== undefined && etag === null) return 'NoSuchKey';
  return (match !== undefined && match !== etag) || (none === '*' && etag !== null)
    ? 'PreconditionFailed'
    : null;
}
