import type { PollConfig } from '../core/config/poll-schema.ts';
import type { Geocoder } from '../core/ports.ts';
import type { AddressForm, GeocodingStage } from '../poll/geocode.ts';

type StageConfig = PollConfig['geocoding']['stages'][number];

/** The stages of the cascade, in order. */
export async function wireStages({ stages }: PollConfig['geocoding']): Promise<GeocodingStage[]> {
  const wired: GeocodingStage[] = [];
  for (const stage of stages) {
    const geocoder = await wireGeocoder(stage);
    if (geocoder) wired.push({ geocoder, forms: 'forms' in stage ? stage.forms : ownReading });
  }
  return wired;
}

/** Those that read an address by the tagger themselves have no use for one that it has put into order. */
const ownReading: readonly AddressForm[] = ['as_written'];

async function wireGeocoder(stage: StageConfig): Promise<Geocoder | null> {
  switch (stage.via) {
    case 'tiger': {
      const { createTigerGeocoder } = await import('../adapters/geocoder-tiger.ts');
      return createTigerGeocoder({ path: stage.index_file });
    }
    case 'census': {
      const { createCensusGeocoder } = await import('../adapters/geocoder-census.ts');
      return createCensusGeocoder({
        url: stage.url,
        benchmark: stage.benchmark,
        vintage: stage.vintage,
        key: stage.key,
        rowsPerRequest: stage.rows_per_request,
        mostRequests: stage.requests,
        timeoutMs: stage.timeout_seconds * 1000,
        firstWaitMs: stage.first_wait_seconds * 1000,
      });
    }
    case 'geosupport': {
      if (stage.geofiles === 'none') return null;
      const { createGeosupportGeocoder } = await import('../adapters/geocoder-geosupport.ts');
      return createGeosupportGeocoder({ library: stage.library, geofiles: stage.geofiles });
    }
    case 'geoclient': {
      const { createGeoclientGeocoder } = await import('../adapters/geocoder-geoclient.ts');
      return createGeoclientGeocoder({
        url: stage.url,
        key: stage.key,
        mostRequests: stage.requests,
        requestsPerMinute: stage.requests_per_minute,
        timeoutMs: stage.timeout_seconds * 1000,
        firstWaitMs: stage.first_wait_seconds * 1000,
      });
    }
  }
}
