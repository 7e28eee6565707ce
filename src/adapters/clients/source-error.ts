import { PatronflowError } from '../../core/errors.ts';

const codes = {
  STORE_MISSING: 'SOURCE_MISSING',
  STORE_FORBIDDEN: 'SOURCE_LOGIN',
  STORE_UNREACHABLE: 'SOURCE_UNREACHABLE',
  STORE_BUSY: 'SOURCE_LOST',
} as const;

/** What is wrong with a store that is delivered to is told of a source by other codes. */
export function sourceError(error: unknown): unknown {
  if (!(error instanceof PatronflowError) || !Object.hasOwn(codes, error.code)) return error;
  return new PatronflowError(codes[error.code as keyof typeof codes], error.message, {
    hint: error.hint,
    cause: error.cause,
  });
}
