import { type ErrorCode, PatronflowError, systemCode } from './errors.ts';
import { safeText } from './safe-text.ts';

/**
 * One way in which a system fails, and what it means for a run. A row fits an error when one of its patterns does; the
 * first row that fits counts.
 */
export interface ErrorMeaning<Code extends string = ErrorCode> {
  /** Of the error's `code`: `ECONNREFUSED`, an SQLSTATE. */
  readonly codes?: RegExp;
  /** Of the error's class: `NoSuchBucket`. */
  readonly names?: RegExp;
  /** Of the error's own message, which is matched and never shown: it may quote a value. */
  readonly texts?: RegExp;
  readonly status?: (status: number) => boolean;
  readonly code: Code;
  /** A sentence about `{place}`; `{reason}` is the code, name or status by which the system calls it. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** Host names that are not found, ports that no server listens at, networks that are not there. */
export const unreachableCodes = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** Certificates that are not trusted, or servers that do not speak TLS. What Node.js and OpenSSL call it. */
export const untrustedCodes =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO|ERR_SSL_|ERR_TLS_)/;

interface Failure {
  /** Fills the `{…}` of a message. They may be foreign text, and from an answer that was taken apart even something else. */
  readonly words: Readonly<Record<string, string>>;
  /** Of an HTTP answer. */
  readonly status?: number | undefined;
}

/** The meaning of an error; null when no row fits. */
export function meaningOf<Code extends string>(
  table: readonly ErrorMeaning<Code>[],
  error: unknown,
  status?: number,
): ErrorMeaning<Code> | null {
  const code = systemCode(error);
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  const fits = (row: ErrorMeaning<Code>) =>
    row.codes?.test(code) ||
    row.names?.test(name) ||
    row.texts?.test(`${message} ${code}`) ||
    (status !== undefined && row.status?.(status));
  return table.find(fits) ?? null;
}

/**
 * Turns a driver's error into ours.
 * @returns what is one of ours already, unchanged; null when no row fits
 */
export function explained(
  table: readonly ErrorMeaning[],
  error: unknown,
  { words, status }: Failure,
): PatronflowError | null {
  if (error instanceof PatronflowError) return error;
  const found = meaningOf(table, error, status);
  if (!found) return null;
  const message = found.message.replace(/\{(\w+)\}/g, (_, word: string) =>
    safeText(String(words[word] ?? '')),
  );
  return new PatronflowError(found.code, message, { hint: found.hint, cause: error });
}
