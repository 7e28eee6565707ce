import { untilAborted } from '../core/abort.ts';
import { createEncoder } from '../poll/encode-patron-info.ts';
import { GeocodingCascade } from '../poll/geocode.ts';
import type { PollPorts } from '../poll/job.ts';
import type { PollSession } from './open-poll.ts';
import { wireObfuscator } from './wire-poll.ts';

/** What makes and sends records, once the Avro schema has told which fields they have. */
export async function recordPorts(
  { config, adapters, log, threads }: PollSession,
  signal: AbortSignal,
): Promise<{ ports: Omit<PollPorts, 'checkpoint' | 'lease'>; schema: unknown }> {
  const { source, warehouse, geocoders, schema } = adapters;
  const document = await untilAborted(signal, schema.load(signal));
  const encoder = createEncoder(document, schema.name);
  const ports = {
    ...{ source, warehouse, encoder, log },
    obfuscator: wireObfuscator(config, threads),
    cascade: new GeocodingCascade(geocoders),
    sinks: adapters.sinks(document, encoder.fields),
  };
  return { ports, schema: document };
}
