import { safeLine, safeText } from './safe-text.ts';

/**
 * Every error the program reports on purpose. A code names the cause for machines and for docs/errors.md
 * (a test keeps the two lists equal); its kind decides the exit code and whether trying again can help.
 */
export const errorKinds = {
  USAGE: 'usage',
  CONFIG_UNREADABLE: 'config',
  CONFIG_INVALID: 'config',
  TEMPLATE_INVALID: 'config',
  LOOKUP_INVALID: 'config',
  CALENDAR_INVALID: 'config',
  CASES_INVALID: 'config',
  COLUMNS_MISSING: 'config',
  COLUMNS_AMBIGUOUS: 'config',
  SOURCE_LOGIN: 'config',
  SOURCE_QUERY: 'config',
  SOURCE_MISSING: 'config',
  SOURCE_CLIENT: 'config',
  SOURCE_UNREACHABLE: 'fatal',
  SOURCE_LOST: 'transient',
  FEED_MISSING: 'transient',
  FEED_AMBIGUOUS: 'config',
  FEED_OLD: 'guard',
  FEED_CHANGED: 'transient',
  STAGING_UNAVAILABLE: 'config',
  SQL_INVALID: 'config',
  SQL_FAILED: 'config',
  SQL_LIMIT: 'config',
  STORE_MISSING: 'config',
  STORE_FORBIDDEN: 'config',
  STORE_HOST_KEY: 'config',
  STORE_UNREACHABLE: 'fatal',
  STORE_BUSY: 'transient',
  STORE_FULL: 'fatal',
  STORE_DAMAGED: 'transient',
  SWAP_INCOMPLETE: 'transient',
  CHECKPOINT_UNREADABLE: 'config',
  ROSTER_UNFIT: 'config',
  REJECTS_UNFIT: 'config',
  KEY_CHANGED: 'config',
  RUN_IN_PROGRESS: 'transient',
  LEASE_LOST: 'transient',
  SCHEMA_UNFIT: 'config',
  SCHEMA_UNREACHABLE: 'transient',
  GEOCODER_REFUSED: 'config',
  INDEX_UNREADABLE: 'config',
  GEOCODER_UNAVAILABLE: 'transient',
  RECORDS_REFUSED: 'config',
  RECORDS_UNREACHABLE: 'fatal',
  RECORDS_BUSY: 'transient',
  ALMA_REFUSED: 'config',
  ALMA_UNFIT: 'config',
  ALMA_CODES: 'config',
  ALMA_UNREACHABLE: 'fatal',
  ALMA_LIMIT: 'fatal',
  ALMA_BUSY: 'transient',
  QUEUE_UNAVAILABLE: 'config',
  BACKFILL_INCOMPLETE: 'fatal',
  SECRET_REFUSED: 'config',
  SECRET_UNREACHABLE: 'fatal',
  MAIL_REFUSED: 'config',
  MAIL_UNREACHABLE: 'fatal',
  NOTICE_REFUSED: 'config',
  NOTICE_UNREACHABLE: 'fatal',
  DISK_FULL: 'fatal',
  DISK_DENIED: 'config',
  LIMIT_EXCEEDED: 'config',
  FILE_UNREADABLE: 'usage',
  DEMO_UNAVAILABLE: 'fatal',
  GUARD_STOPPED: 'guard',
  HELD_UNFIT: 'usage',
  STOPPED: 'signal',
  BOOKS_UNBALANCED: 'bug',
  UNEXPECTED: 'bug',
} as const satisfies Record<string, ErrorKind>;

export type ErrorKind = 'usage' | 'config' | 'transient' | 'fatal' | 'guard' | 'signal' | 'bug';
export type ErrorCode = keyof typeof errorKinds;

/** Exit codes follow sysexits.h where it has one; a signal's own code, 128 + n, is set by the process edge. */
export const exitCodes: Record<ErrorKind, number> = {
  usage: 64,
  config: 78,
  transient: 75,
  fatal: 69,
  guard: 3,
  signal: 130,
  bug: 70,
};

/** A longer line quotes what no one would read. */
const longestLine = 1000;

export class PatronflowError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  /** What the reader should do next, one sentence. */
  readonly hint: string;

  /**
   * Nothing that a message quotes can change a terminal or a page. Foreign text is also cut, by `safeText`,
   * where it enters a message.
   * @param message what happened and to which thing, in a line or in several; never a value of a record, never a secret
   */
  constructor(
    code: ErrorCode,
    message: string | readonly string[],
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(shown(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PatronflowError';
    this.code = code;
    this.kind = errorKinds[code];
    this.hint = safeLine(options.hint ?? '');
  }
}

function shown(message: string | readonly string[]): string {
  const lines = typeof message === 'string' ? [message] : message;
  return lines
    .map(safeLine)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line))
    .join('\n');
}

/**
 * Turns anything that was thrown into a PatronflowError. What is not one already is a bug of ours: its own message
 * may hold a value of a record, so only the name of its class is passed on.
 */
export function toPatronflowError(thrown: unknown): PatronflowError {
  if (thrown instanceof PatronflowError) return thrown;
  const local = diskError(thrown);
  if (local) return local;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new PatronflowError('UNEXPECTED', `Unexpected error (${name}).`, {
    hint: 'Run again with LOG_LEVEL=debug and report the stack that it prints; it holds no values of records.',
    cause: thrown,
  });
}

/**
 * What a command or a run ended with. After a stop, what adapters throw unclassified is the stop: an aborted call, a
 * connection that was closed. An error that they classified stays what it is: a person must hear of it.
 */
export function endOf(thrown: unknown, signal: AbortSignal): PatronflowError {
  const error = toPatronflowError(thrown);
  if (!signal.aborted || error.code !== 'UNEXPECTED') return error;
  return new PatronflowError('STOPPED', 'The run was stopped. It left nothing half done.', {
    hint: 'Run again.',
    cause: thrown,
  });
}

/** Where the first cause of an error came from, without its message, which may quote a value of a record. */
export function stackOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return '';
  if (cause instanceof PatronflowError && cause.cause) return stackOf(cause);
  return [`${safeText(String(cause.name))} from:`, ...framesOf(cause)].join('\n');
}

/** A message of several lines may have one that looks like a frame, so frames count only behind the message. */
function framesOf({ message, stack = '' }: Error): string[] {
  const start = stack.indexOf(message);
  // The message was changed after the error was made; where the old one ends cannot be told.
  if (start < 0) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map(safeLine);
}

/** The code of a system or driver error, such as ENOSPC or ECONNREFUSED; '' when it has none. */
export function systemCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return String(thrown.code);
}

/** Errors of the local file system, which any stage can meet: a full disk, a folder that may not be written. */
function diskError(thrown: unknown): PatronflowError | null {
  const code = systemCode(thrown);
  const meaning = diskMeanings.find(({ codes }) => codes.includes(code));
  if (!meaning) return null;
  const path = typeof thrown === 'object' && thrown !== null && 'path' in thrown ? String(thrown.path) : '';
  const message = `${meaning.message}${path && `: ${safeText(path)}`} (${code}).`;
  return new PatronflowError(meaning.code, message, { hint: meaning.hint, cause: thrown });
}

const diskMeanings: readonly {
  readonly codes: readonly string[];
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}[] = [
  {
    codes: ['ENOSPC', 'EDQUOT'],
    code: 'DISK_FULL',
    message: 'The disk is full',
    hint: 'Free some space, or point TMPDIR at a larger disk; no incomplete file was delivered.',
  },
  {
    codes: ['ENOENT'],
    code: 'DISK_DENIED',
    message: 'There is no such file or folder',
    hint: 'Check the path, and whether another program removed it; the folder of a new file must exist.',
  },
  {
    codes: ['EEXIST'],
    code: 'DISK_DENIED',
    message: 'Something else exists there already',
    hint: 'Choose another path, or move away what is there.',
  },
  {
    codes: ['ENOTDIR', 'EISDIR'],
    code: 'DISK_DENIED',
    message: 'There is a file where a folder should be, or a folder where a file should be',
    hint: 'Choose another path, or move away what is there.',
  },
  {
    codes: ['EACCES', 'EPERM', 'EROFS'],
    code: 'DISK_DENIED',
    message: 'The file system refuses to write or read',
    hint: 'Give the user that runs patronflow the right to this path, or choose another one.',
  },
];
