import type { PollConfig } from '../config/poll-schema.ts';
import type { AddressForm, ConfiguredGeocoder } from '../poll/geocode.ts';
import type { Geocoder } from '../poll/ports.ts';

type GeocoderSettings = PollConfig['geocoding']['geocoders'][number];

/** The geocoders of the cascade, in order. */
export async function wireGeocoders({ geocoders }: PollConfig['geocoding']): Promise<ConfiguredGeocoder[]> {
  const wired: ConfiguredGeocoder[] = [];
  for (const settings of geocoders) {
    const geocoder = await wireGeocoder(settings);
    if (geocoder) wired.push({ geocoder, forms: 'forms' in settings ? settings.forms : ownReading });
  }
  return wired;
}

/** Those that read an address by the tagger themselves have no use for one that it has put into order. */
const ownReading: readonly AddressForm[] = ['as_written'];

async function wireGeocoder(settings: GeocoderSettings): Promise<Geocoder | null> {
  switch (settings.via) {
    case 'tiger': {
      const { createTigerGeocoder } = await import('../adapters/geocoders/tiger.ts');
      return createTigerGeocoder({ path: settings.index_file });
    }
    case 'census': {
      const { createCensusGeocoder } = await import('../adapters/geocoders/census.ts');
      return createCensusGeocoder({
        url: settings.url,
        benchmark: settings.benchmark,
        vintage: settings.vintage,
        key: settings.key,
        rowsPerRequest: settings.rows_per_request,
        maxRequests: settings.requests,
        timeoutMs: settings.timeout_seconds * 1000,
        firstWaitMs: settings.first_wait_seconds * 1000,
      });
    }
    case 'geosupport': {
      if (settings.geofiles === 'none') return null;
      const { createGeosupportGeocoder } = await import('../adapters/geocoders/geosupport.ts');
      return createGeosupportGeocoder({ library: settings.library, geofiles: settings.geofiles });
    }
    case 'geoclient': {
      const { createGeoclientGeocoder } = await import('../adapters/geocoders/geoclient.ts');
      return createGeoclientGeocoder({
        url: settings.url,
        key: settings.key,
        maxRequests: settings.requests,
        requestsPerMinute: settings.requests_per_minute,
        timeoutMs: settings.timeout_seconds * 1000,
        firstWaitMs: settings.first_wait_seconds * 1000,
      });
    }
  }
}
