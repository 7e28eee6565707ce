import { censusGeocoder } from './census.ts';
import { geoclientGeocoder } from './geoclient.ts';
import { geosupportGeocoder } from './geosupport.ts';
import { tigerGeocoder } from './tiger.ts';

/** What finds census tracts, chosen by `via`. */
export const geocoders = [tigerGeocoder, censusGeocoder, geosupportGeocoder, geoclientGeocoder] as const;
