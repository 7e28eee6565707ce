import { basename } from 'node:path';
import { type PollConfig, pollSchema } from '../config/poll-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { fingerprintOf } from '../core/fingerprint.ts';
import { mapTexts } from '../core/settings.ts';
import type { BackfillPlan } from '../poll/backfill/plan.ts';
import { version } from './version.ts';
import type { PollAdapters } from './wire-poll.ts';

/**
 * The fingerprint of all that makes the records, but the key, of which a plan has a fingerprint of its own. No secret goes into it.
 * How fast services are asked may differ from machine to machine, and so may the folders of files.
 * @param schema the Avro schema itself: the place of it may get another one at any time
 */
export function configurationOf(
  config: PollConfig,
  { source, warehouse }: Pick<PollAdapters, 'source' | 'warehouse'>,
  schema: unknown,
): string {
  const shown = mapTexts(pollSchema, config, (text, _, isMarked) => {
    if (isMarked('secret')) return '';
    return isMarked('path') ? basename(text) : text.replace(/^([a-z0-9+]+:\/\/)[^/@]*@/, '$1');
  }) as PollConfig;
  const { obfuscation, geocoding, records, postal_code, time_zone, warehouse: looked } = shown;
  const geocoders = geocoding.geocoders.map((each) =>
    // A key may be added, too: nothing is left of a secret.
    Object.entries(each).filter(([key, value]) => value !== '' && !/requests?|_seconds$/.test(key)),
  );
  const { method, long_input } = obfuscation;
  const places = [source.name, warehouse?.name, looked?.table, records.to, records.discard];
  return fingerprintOf([version, method, long_input, geocoders, postal_code, time_zone, schema, places]);
}

/** @throws PatronflowError CONFIG_INVALID for a plan whose records would not be like those of this configuration */
export function assertSameConfiguration(
  { configuration }: BackfillPlan,
  fingerprint: string,
  place: string,
): void {
  if (configuration === fingerprint) return;
  throw new PatronflowError(
    'CONFIG_INVALID',
    `The plan at ${place} was made with another configuration, or by another version of patronflow.`,
    {
      hint: 'Use the same Sierra, warehouse, Avro schema, geocoders, sinks and version on all machines, or make a new plan.',
    },
  );
}
