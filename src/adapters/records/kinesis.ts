import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import { type ErrorMeaning, explained } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { Backoff, type BackoffPolicy } from '../../core/retry.ts';
import { safeText } from '../../core/safe-text.ts';
import { count, endpoint } from '../../core/settings.ts';
import type { EncodedRecord, RecordSink } from '../../poll/ports.ts';
import { recordSinkAdapter } from '../../poll/ports.ts';
import { type AwsOptions, awsError } from '../clients/aws.ts';
import { createKinesisClient } from '../clients/kinesis.ts';

export interface KinesisRecordsOptions extends AwsOptions {
  readonly streamArn: string;
  /** Records of one call, 500 at most. */
  readonly recordsPerCall: number;
}

/** Kinesis takes 5 MiB a call, keys included; https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const bytesPerCall = 5 * 1024 * 1024;

/** Calls under way at a time, first and at most: as many as the stream bears, which hides the way to AWS and back. */
const callsAtATime = { first: 4, max: 10 };

/**
 * Records that were refused are sent again until the stream takes nothing for two minutes: then it is not merely busy,
 * a shard takes a thousand records every second. Refusals come in bursts, so waits begin short.
 */
const backoffPolicy: BackoffPolicy = {
  attempts: Number.POSITIVE_INFINITY,
  firstDelayMs: 100,
  maxDelayMs: 5000,
  jitter: 1,
  giveUpMs: 120_000,
};

export const kinesisRecords = recordSinkAdapter({
  system: 'kinesis',
  forms: ['kinesis:arn:aws:kinesis:us-east-1:111122223333:stream/name'],
  schemes: ['kinesis'],
  pattern: /^kinesis:arn:[\w-]+:kinesis:[\w-]+:\d+:stream\/[\w.-]+$/,
  options: z.strictObject({
    records_per_call: count(1, 500).default(500).describe('Records per call.'),
    endpoint: endpoint.optional().describe('Endpoint of a Kinesis-compatible service other than AWS.'),
  }),
  create: ({ url, credentials }, { records_per_call: recordsPerCall, endpoint }) => {
    const streamArn = url.slice('kinesis:'.length);
    const region = streamArn.split(':')[3] ?? '';
    return createKinesisRecords({ streamArn, region, endpoint, credentials, recordsPerCall });
  },
});

/**
 * Records into a Kinesis stream. The partition key is the obfuscated patron id, so that all records of a patron go
 * to one shard, where they keep their order: a batch has one record a patron, and the next batch is sent when this
 * one was accepted.
 */
export function createKinesisRecords(options: KinesisRecordsOptions): RecordSink {
  const { streamArn, recordsPerCall } = options;
  const place = `stream ${streamArn.split('/').at(-1)}`;
  const limit = new AdaptiveLimit(callsAtATime);
  // No answer means a blip in the middle of a run, but a wrong address at its start.
  let hasAnswered = false;
  let lastError: PatronflowError | null = null;
  const client = createKinesisClient(options);

  /** @returns the records that were not accepted */
  const put = async (entries: readonly PutRecordsRequestEntry[]): Promise<PutRecordsRequestEntry[]> => {
    try {
      const answer = await client.use((kinesis) =>
        kinesis.putRecords({ StreamARN: streamArn, Records: [...entries] }),
      );
      const failed = entries.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined);
      hasAnswered = true;
      lastError = null;
      // An answer that does not say which ones were refused says nothing of the others either.
      return failed.length === (answer.FailedRecordCount ?? 0) ? failed : [...entries];
    } catch (thrown) {
      const error = kinesisError(place, thrown);
      // The SDK has tried three times by now; a busy stream gets the time that refused records get.
      const isPassing =
        error instanceof PatronflowError &&
        (error.kind === 'transient' || (error.kind === 'fatal' && hasAnswered));
      lastError = isPassing ? error : null;
      if (isPassing) return [...entries];
      throw error;
    }
  };

  const describe = (signal: AbortSignal) =>
    client.use((kinesis) => kinesis.describeStreamSummary({ StreamARN: streamArn }, { abortSignal: signal }));

  return {
    name: place,

    async check(signal) {
      try {
        const { StreamDescriptionSummary: stream } = await describe(signal);
        const shards = stream?.OpenShardCount ?? 0;
        return `${safeText(stream?.StreamStatus?.toLowerCase() ?? 'of an unknown state')}, ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
      } catch (error) {
        throw kinesisError(place, error);
      }
    },

    async open(_isDryRun, signal) {
      try {
        await describe(signal);
      } catch (error) {
        signal.throwIfAborted();
        // A role that may write need not be one that may ask.
        if (error instanceof Error && error.name === 'AccessDeniedException') return;
        throw kinesisError(place, error);
      }
    },

    async write(records) {
      const queue = records.map(entryOf);
      let lastProgress = Date.now();
      let isBroken = false;
      const lane = async (): Promise<void> => {
        const backoff = new Backoff(backoffPolicy);
        for (let call = takeCall(queue, recordsPerCall); call.length > 0 && !isBroken; ) {
          const entries = call;
          const failed = await limit.run(
            async () => (isBroken ? entries : put(entries)),
            (refused) => refused.length === 0,
          );
          const hasTakenSome = failed.length < call.length;
          if (hasTakenSome) lastProgress = Date.now();
          if (failed.length > 0 && !(await backoff.again({ lastGoodAt: lastProgress })))
            throw isExpired(lastError) ? lastError : tooBusy(place);
          // A stream that took a part is not down: its shards take a little more every moment.
          if (hasTakenSome) backoff.reset();
          queue.unshift(...failed);
          call = takeCall(queue, recordsPerCall);
        }
      };
      try {
        await Promise.all(Array.from({ length: callsAtATime.max }, lane));
      } catch (error) {
        isBroken = true;
        throw error;
      }
    },

    close: () => client.close(),
  };
}

function entryOf({ info, avro }: EncodedRecord): PutRecordsRequestEntry {
  return { Data: avro, PartitionKey: info.patron_id };
}

/** Takes as many records from the front as one call may have. */
function takeCall(queue: PutRecordsRequestEntry[], max: number): PutRecordsRequestEntry[] {
  let bytes = 0;
  let count = 0;
  for (const { Data, PartitionKey } of queue.slice(0, max)) {
    bytes += (Data?.length ?? 0) + Buffer.byteLength(PartitionKey ?? '');
    if (count > 0 && bytes > bytesPerCall) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function isExpired(error: PatronflowError | null): boolean {
  return error?.cause instanceof Error && error.cause.name.startsWith('ExpiredToken');
}

function tooBusy(place: string): PatronflowError {
  return new PatronflowError('RECORDS_BUSY', `The ${place} has accepted nothing for two minutes.`, {
    hint: 'Run again later; the batch is sent again. A stream that is always busy needs more shards.',
  });
}

const meanings: readonly ErrorMeaning[] = [
  {
    names: /^ResourceNotFoundException$/,
    code: 'RECORDS_REFUSED',
    message: 'There is no {place}.',
    hint: 'Check the ARN, its region and its account.',
  },
  // These two come with the status of a mistake of ours.
  {
    names: /^(ProvisionedThroughput|Limit)Exceeded/,
    code: 'RECORDS_BUSY',
    message: 'The {place} received too many requests at once ({name}).',
    hint: 'Run again later. A stream that is always busy needs more shards.',
  },
  // The SDK takes a fresh token for the next call, where its credentials come from a role.
  {
    names: /^ExpiredToken/,
    code: 'RECORDS_BUSY',
    message: 'The {place} refuses the token, which has expired.',
    hint: 'Run again. If the token is in a variable, set a new one first.',
  },
  // HTTP/2 has ways of its own to break off, which the SDK passes on as they are.
  {
    texts: /HTTP\/?2/i,
    code: 'RECORDS_BUSY',
    message: 'The connection to the {place} was lost ({reason}).',
    hint: 'Run again later.',
  },
];

const codes = {
  forbidden: 'RECORDS_REFUSED',
  unreachable: 'RECORDS_UNREACHABLE',
  busy: 'RECORDS_BUSY',
} as const;

function kinesisError(place: string, error: unknown): unknown {
  const name = error instanceof Error ? error.name : '';
  const words = { place, name, reason: systemCode(error) || 'HTTP/2' };
  return explained(meanings, error, { words }) ?? awsError(`the ${place}`, error, codes) ?? error;
}
