import type { AwsCredentials } from '../../core/aws-credentials.ts';
import { type ErrorMeaning, explained, unreachableCodes, untrustedCodes } from '../../core/error-table.ts';
import { type ErrorCode, type PatronflowError, systemCode } from '../../core/errors.ts';

/** Settings that all AWS clients of this program share. */
export interface AwsOptions {
  readonly region: string;
  /** A service that speaks the protocol and is not AWS, such as a store on campus. */
  readonly endpoint?: string | undefined;
  /** Where they are among a job's variables; otherwise the SDK looks where it always does. */
  readonly credentials?: AwsCredentials | undefined;
}

/**
 * Credentials come from the SDK's own chain (variables, profile, role of the task). So do retries:
 * three attempts with back-off unless AWS_MAX_ATTEMPTS says otherwise. 10 s to connect and 2 minutes of silence,
 * also in the middle of an answer, mean that no server answers.
 */
export function awsClientOptions({ region, endpoint, credentials }: AwsOptions) {
  return {
    region,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    requestHandler: {
      connectionTimeout: 10_000,
      // Until an answer begins, and between two pieces of it.
      requestTimeout: 120_000,
      socketTimeout: 120_000,
      throwOnRequestTimeout: true,
    },
  };
}

/** The codes that an adapter uses for what can go wrong with any AWS service. */
export interface AwsErrorCodes {
  readonly forbidden: ErrorCode;
  readonly unreachable: ErrorCode;
  readonly busy: ErrorCode;
}

/** What goes wrong with any AWS service; an adapter says which of its codes stands for each kind. */
const meanings: readonly ErrorMeaning<keyof AwsErrorCodes>[] = [
  {
    names: /^(CredentialsProviderError|TokenProviderError|ExpiredToken|InvalidClientTokenId)/,
    code: 'forbidden',
    message: 'There are no valid AWS credentials for {place} ({name}).',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the task a role.',
  },
  {
    status: (status) => status === 401 || status === 403,
    code: 'forbidden',
    message: 'AWS refuses access to {place} ({answer}).',
    hint: 'Compare the policy of the role or user with the list in docs/operations.md.',
  },
  {
    status: (status) => status === 429 || status >= 500,
    names: /Throttl|SlowDown|TooManyRequests/,
    code: 'busy',
    message: '{place} is busy or unavailable ({answer}).',
    hint: 'Run again later.',
  },
  // Half an answer, which the SDK takes for a whole one over HTTP/2; or the answer of another server on the way.
  {
    names: /^SyntaxError$/,
    codes: /^HPE_/,
    code: 'busy',
    message: '{place} gave an answer that cannot be read ({reason}).',
    hint: 'Run again later; if it stays so, check the endpoint, and look for a proxy on the way.',
  },
  // A connection that broke or fell silent may be a blip; one that no server takes is not.
  {
    codes: /^(ECONNRESET|EPIPE|ETIMEDOUT)$/,
    names: /^TimeoutError$/,
    code: 'busy',
    message: '{place} closed the connection or stopped answering ({reason}).',
    hint: 'Run again later.',
  },
  // Or something is there that does not speak the protocol, such as at a wrong port.
  {
    codes: new RegExp(`${unreachableCodes.source}|${untrustedCodes.source}`),
    code: 'unreachable',
    message: '{place} cannot be reached ({reason}).',
    hint: 'Check the network, the region and the endpoint.',
  },
  {
    status: (status) => status >= 400,
    code: 'forbidden',
    message: 'AWS rejected the request to {place} ({answer}).',
    hint: 'Look up the name in the documentation of the service; region, endpoint and keys are the usual causes.',
  },
];

/**
 * Turns an error of an AWS client into ours. The service's own message may quote the request, so only its
 * name and status are passed on.
 * @returns null for an error that is no answer of the service, such as a stop
 */
export function awsError(place: string, error: unknown, codes: AwsErrorCodes): PatronflowError | null {
  const name = error instanceof Error ? error.name : '';
  const status = statusOf(error);
  const answer = `${name}${status ? `, HTTP ${status}` : ''}`;
  const words = { place, name, answer, reason: systemCode(error) || name };
  const table = meanings.map((meaning) => ({ ...meaning, code: codes[meaning.code] }));
  return explained(table, error, { words, status });
}

/** The HTTP status of an answer that was an error. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
