import { createHash } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { folderMode, openNew } from '../../core/new-file.ts';
import { retry, standardRetry } from '../../core/retry.ts';
import type { SchemaSource } from '../../poll/ports.ts';
import { schemaSourceAdapter } from '../../poll/ports.ts';
import { parseSchema } from '../clients/avro-schema.ts';

export interface HttpSchemaOptions {
  /** Answers with a schema, or with `{"data": {"schema": "…"}}`, as NYPL's Platform API does. */
  readonly url: string;
  /** Where the last answer is kept for a day on which the server does not answer. */
  readonly cacheDirectory: string;
  readonly warn: (message: string) => void;
}

/** A small document; a platform that takes longer is down. */
const timeoutMs = 20_000;

export const httpSchema = schemaSourceAdapter({
  system: 'http',
  forms: ['https://host/path'],
  schemes: ['https', 'http'],
  pattern: /^https?:\/\//,
  options: z.strictObject({}),
  create: createHttpSchema,
});

/** The schema from a registry over HTTP; the one of the last run when the registry is down. */
export function createHttpSchema({ url, cacheDirectory, warn }: HttpSchemaOptions): SchemaSource {
  const { origin, pathname } = new URL(url);
  const name = origin + pathname;
  const kept = join(cacheDirectory, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.avsc`);

  const askedFor = async (signal: AbortSignal): Promise<unknown> =>
    parseSchema(await retry(standardRetry, () => ask(url, name, signal), undefined, signal), name);

  const load = async (signal: AbortSignal): Promise<unknown> => {
    try {
      const schema = await askedFor(signal);
      await keep(kept, JSON.stringify(schema)).catch((error) =>
        warn(`The schema could not be cached for use when the server is down (${systemCode(error)}).`),
      );
      return schema;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PatronflowError)) throw error;
      const last = await readFile(kept, 'utf8')
        .then((text) => parseSchema(text, kept))
        .catch(() => Promise.reject(error));
      warn(`${error.message} The schema of an earlier run is used.`);
      return last;
    }
  };
  return {
    name,
    load,
    check: async (signal) => {
      await askedFor(signal);
      return 'answers with an Avro schema';
    },
    async close() {},
  };
}

async function ask(url: string, name: string, signal: AbortSignal): Promise<string> {
  const failed = (what: string, cause?: unknown) =>
    new PatronflowError('SCHEMA_UNREACHABLE', `${name} does not answer with a schema (${what}).`, {
      hint: 'Check the address and the network; a copy of the schema can be configured as a file.',
      cause,
    });
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (!answer.ok) throw failed(`HTTP ${answer.status}`);
    return await answer.text();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof PatronflowError) throw thrown;
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    throw failed(systemCode(cause) || (thrown instanceof Error ? thrown.name : 'no answer'), thrown);
  }
}

async function keep(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: folderMode });
  const file = await openNew(`${path}.partial`, 0o640);
  await file.writeFile(text).finally(() => file.close());
  await rename(`${path}.partial`, path);
}
