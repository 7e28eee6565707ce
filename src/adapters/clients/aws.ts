import type { AwsCredentials } from '../../core/aws-credentials.ts';
import { type ErrorCode, PatronflowError, systemCode } from '../../core/errors.ts';

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
 * also in the middle of an answer, mean that nobody is there.
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

/**
 * Turns an error of an AWS client into ours. The service's own message may quote the request, so only its
 * name and status are passed on.
 * @returns null for an error that is no answer of the service, such as a stop
 */
export function awsError(place: string, error: unknown, codes: AwsErrorCodes): PatronflowError | null {
  const name = error instanceof Error ? error.name : '';
  const status = statusOf(error);
  const what = `${name}${status ? `, HTTP ${status}` : ''}`;
  if (error instanceof PatronflowError) return error;
  if (/^(CredentialsProviderError|TokenProviderError|ExpiredToken|InvalidClientTokenId)/.test(name)) {
    return new PatronflowError(
      codes.forbidden,
      `There are no valid AWS credentials for ${place} (${name}).`,
      {
        hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the task a role.',
        cause: error,
      },
    );
  }
  if (status === 401 || status === 403) {
    return new PatronflowError(codes.forbidden, `AWS refuses access to ${place} (${what}).`, {
      hint: 'Compare the policy of the role or user with the list in docs/operations.md.',
      cause: error,
    });
  }
  if (
    status === 429 ||
    (status !== undefined && status >= 500) ||
    /Throttl|SlowDown|TooManyRequests/.test(name)
  ) {
    return new PatronflowError(codes.busy, `${place} is busy or out of order (${what}).`, {
      hint: 'Run again later.',
      cause: error,
    });
  }
  // Half an answer, which the SDK takes for a whole one over HTTP/2; or the answer of somebody else on the way.
  if (name === 'SyntaxError' || /^HPE_/.test(systemCode(error))) {
    return new PatronflowError(
      codes.busy,
      `${place} gave an answer that cannot be read (${systemCode(error) || name}).`,
      {
        hint: 'Run again later; if it stays so, check the endpoint, and look for a proxy on the way.',
        cause: error,
      },
    );
  }
  // A connection that broke or fell silent may be a blip; one that nobody takes is not.
  if (/^(ECONNRESET|EPIPE|ETIMEDOUT)$/.test(systemCode(error)) || name === 'TimeoutError') {
    return new PatronflowError(
      codes.busy,
      `${place} broke off or fell silent (${systemCode(error) || name}).`,
      {
        hint: 'Run again later.',
        cause: error,
      },
    );
  }
  if (
    // The last three: something is there that does not speak the protocol, such as at a wrong port.
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HPE_|EPROTO|ERR_SSL_)/.test(
      systemCode(error),
    )
  ) {
    return new PatronflowError(
      codes.unreachable,
      `${place} cannot be reached (${systemCode(error) || name}).`,
      {
        hint: 'Check the network, the region and the endpoint.',
        cause: error,
      },
    );
  }
  if (status !== undefined && status >= 400) {
    return new PatronflowError(codes.forbidden, `AWS refuses what it was asked at ${place} (${what}).`, {
      hint: 'Look up the name in the documentation of the service; region, endpoint and keys are the usual causes.',
      cause: error,
    });
  }
  return null;
}

/** The HTTP status of an answer that was an error. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
