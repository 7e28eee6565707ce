import { z } from 'zod';
import { geocoders } from '../adapters/geocoders/index.ts';
import { isLoopback } from '../core/loopback.ts';
import { flag } from '../core/settings.ts';
import type { Unfinished } from './schema-parts.ts';

type Kinds = [(typeof geocoders)[number]['options'], ...(typeof geocoders)[number]['options'][]];

export const geocoding = z
  .strictObject({
    geocoders: z
      .array(z.discriminatedUnion('via', geocoders.map(({ options }) => options) as Kinds))
      .describe('Geocoders in order; each is asked only for what those before found nothing for.'),
    addresses_may_leave: flag
      .default(true)
      .describe('With `false` a geocoder that sends addresses to another machine is an error.'),
    allow_http: flag
      .default(false)
      .describe(
        'With `true` addresses may go to another machine by `http:`, where anyone on the way can read them.',
      ),
    on_outage: z
      .enum(['stop', 'send'])
      .default('stop')
      .describe(
        'When a geocoder is down: `stop` the run before the batch is sent, or `send` it without these tracts; the next update of a patron tries again.',
      ),
  })
  .describe('How addresses get their census tract.');

/** What is wrong with where addresses would go, by the place of the geocoder in the list. */
export function geocodingProblems(config: Unfinished<z.output<typeof geocoding>> | undefined) {
  return (config?.geocoders ?? []).flatMap((settings, index): (readonly [number, string])[] => {
    if (!settings) return [];
    const { addresses_may_leave: mayLeave, allow_http: mayBeRead } = config ?? {};
    if (mayLeave === false && sendsAddresses(settings))
      return [
        [
          index,
          `\`via: ${settings.via}\` sends addresses to another machine, and addresses_may_leave is false`,
        ],
      ];
    return mayBeRead !== true && sendsInClear(settings)
      ? [
          [
            index,
            `\`via: ${settings.via}\` sends addresses to another machine by http:, where they can be read on the way; use https:, or set allow_http`,
          ],
        ]
      : [];
  });
}

type Settings = { readonly via?: string | undefined };

/** Whether a geocoder sends addresses to another machine; one that is not known might. */
function sendsAddresses(settings: Settings): boolean {
  const url = receiverOf(settings);
  return url !== null && !isLoopback(url);
}

/** Whether a geocoder sends addresses to another machine without encryption. */
export function sendsInClear(settings: Settings): boolean {
  return sendsAddresses(settings) && /^http:/i.test(receiverOf(settings) ?? '');
}

/** Where addresses go; null: nowhere. */
function receiverOf(settings: Settings): string | null {
  const found = geocoders.find(({ system }) => system === settings.via);
  return found ? found.sendsTo(settings as never) : '';
}
