import type { Log } from '../core/log.ts';
import { assertOneCensus } from '../poll/assert-one-census.ts';
import { createEncoder, patronInfoFields } from '../poll/encode-patron-info.ts';
import { assertSameKey, keyFingerprint } from '../poll/key-fingerprint.ts';
import { parseState } from '../poll/state.ts';
import { type CheckOptions, type Looking, lookAtMails, warnOfPlainHttp } from './check-part.ts';
import { openPoll } from './open-poll.ts';
import type { ProcessContext } from './process-context.ts';
import { risksOf, type WiredGeocoder, wireObfuscator } from './wire-poll.ts';

/** Tries every part of a poll job. */
export async function lookAtPoll(
  options: CheckOptions,
  context: ProcessContext,
  lookWith: (log: Log) => Looking,
): Promise<void> {
  const { config, adapters, log, threads, plainHttp } = await openPoll(options, context, true);
  const { source, warehouse, geocoders, schema, checkpoint, lease, mails, notices } = adapters;
  const { signal } = context;
  const looking = lookWith(log);
  const { look, warn } = looking;
  const obfuscator = wireObfuscator(config, threads);
  let document: unknown;
  let fields = patronInfoFields;
  try {
    await look('configuration', options.config, async () => {
      await obfuscator.obfuscate(['check'], signal);
      return `valid, obfuscates with ${config.obfuscation.method}`;
    });
    for (const { part, system, risk } of risksOf(config, adapters)) warn(part, system, risk);
    warnOfPlainHttp(looking, plainHttp);
    await look('source', source.name, () => source.check(signal));
    await look('warehouse', warehouse?.name ?? 'none', async () =>
      warehouse ? warehouse.check(signal) : 'every address is geocoded',
    );
    await lookAtGeocoders(looking, geocoders, signal);
    const hasSchema = await look('schema', schema.name, async () => {
      document = await schema.load(signal);
      const encoder = createEncoder(document, schema.name);
      fields = encoder.fields;
      const { unsent } = encoder;
      return unsent.length === 0
        ? 'has every field of a record'
        : `lacks ${unsent.join(', ')}, which are not sent`;
    });
    for (const sink of hasSchema ? adapters.sinks(document, fields) : [])
      await look('records', sink.name, () => sink.check(signal));
    await look('checkpoint', checkpoint?.name ?? 'none', async () => {
      if (!checkpoint) return 'every run starts from the configured times';
      await checkpoint.check(signal);
      const found = await checkpoint.load(signal);
      if (found === null) return 'none yet; the first run starts from the configured times';
      const { keyFingerprint: before } = parseState(found, checkpoint.name, config.time_zone);
      assertSameKey(before, await keyFingerprint(obfuscator, signal), checkpoint.name);
      return before === null ? 'found' : 'found, of the same salt or key';
    });
    if (lease) await look('lease', lease.name, () => lease.check(signal));
    await lookAtMails(looking, { mails, notices }, signal);
  } finally {
    await adapters.close();
  }
}

/** Each geocoder by itself, and then whether their answers belong together. */
async function lookAtGeocoders(
  { look, warn }: Looking,
  wired: readonly WiredGeocoder[],
  signal: AbortSignal,
): Promise<void> {
  let isUsable = true;
  for (const { geocoder, isInClear } of wired) {
    if (isInClear)
      warn(
        'geocoder',
        geocoder.name,
        'Addresses go to it by http:, and can be read on the way (allow_http).',
      );
    const isFound = await look('geocoder', geocoder.name, () => geocoder.check(signal));
    isUsable &&= isFound;
  }
  const all = wired.map(({ geocoder }) => geocoder);
  if (!isUsable || all.length < 2) return;
  await look('tracts', `${all.length} geocoders`, async () => {
    const census = await assertOneCensus(all, signal);
    return census === null ? 'of a census that they do not tell' : `of the census of ${census}`;
  });
}
