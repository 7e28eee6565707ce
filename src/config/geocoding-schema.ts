import { z } from 'zod';
import { geocoders } from '../adapters/geocoders/index.ts';
import { isLoopback } from '../core/loopback.ts';
import { flag } from '../core/settings.ts';

type Kinds = [(typeof geocoders)[number]['options'], ...(typeof geocoders)[number]['options'][]];

export const geocoding = z
  .strictObject({
    geocoders: z
      .array(z.discriminatedUnion('via', geocoders.map(({ options }) => options) as Kinds))
      .describe('Geocoders in order; each is asked only for what those before found nothing for.'),
    addresses_may_leave: flag
      .default(true)
      .describe('With `false` a geocoder that sends addresses to another machine is an error.'),
    on_outage: z
      .enum(['stop', 'send'])
      .default('stop')
      .describe(
        'When a geocoder is down: `stop` the run before the batch is sent, or `send` it without these tracts; the next update of a patron tries again.',
      ),
  })
  .describe('How addresses come by their census tract.');

/** Whether a geocoder sends addresses to another machine; one that is not known might. */
export function sendsAddresses(settings: { readonly via?: string | undefined }): boolean {
  const found = geocoders.find(({ system }) => system === settings.via);
  const url = found ? found.sendsTo(settings as never) : '';
  return url !== null && !isLoopback(url);
}
