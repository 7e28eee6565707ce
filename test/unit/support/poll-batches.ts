import type { Batch } from '../../../src/poll/batch.ts';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import type { PollJob, PollPorts } from '../../../src/poll/job.ts';
import { makeNewBatch } from '../../../src/poll/make-new-batch.ts';
import { makeUpdatedBatch } from '../../../src/poll/make-updated-batch.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { mainStreet, rowsOf, type SierraPatron } from './memory-sierra.ts';
import { type MemoryGeocoder, pollJob, pollPorts } from './poll-ports.ts';

const { signal } = new AbortController();
export const nowhere = { at: '2020-01-01', id: '' };
export const batchContext = (ports: Partial<PollPorts> = {}, job: Partial<PollJob> = {}) => ({
  job: pollJob(job),
  ports: pollPorts(ports),
  signal,
});
/** A cascade of one geocoder. */
export const asking = (geocoder: MemoryGeocoder) => ({
  cascade: new GeocodingCascade([{ geocoder, forms: ['as_written'] }]),
});
export const newBatch = (patrons: SierraPatron[], ports?: Partial<PollPorts>, job?: Partial<PollJob>) =>
  makeNewBatch(
    patrons.flatMap((patron) => rowsOf(patron, 'new')),
    nowhere,
    batchContext(ports, job),
  );
export const updatedBatch = (patrons: SierraPatron[], ports?: Partial<PollPorts>, job?: Partial<PollJob>) =>
  makeUpdatedBatch(
    patrons.flatMap((patron) => rowsOf(patron)),
    { deleted: nowhere, sentAsNew: [] },
    batchContext(ports, job),
  );
export const infosOf = ({ records }: Batch): PatronInfo[] => records.map(({ info }) => info as PatronInfo);
/** The main street's address, but for the street. */
export const street = (name: string | null) => ({ ...mainStreet, street: name });
/** What the plain obfuscator makes of a patron in the main street. */
export const hashOf = (id: number) => `#${id}_1 MAIN ST_NEW YORK_NY_10001-1234`;
/** What the warehouse has of a patron in the main street. */
export const known = (id: number, change: Partial<PatronInfo> = {}): PatronInfo => ({
  ...emptyPatronInfo,
  patron_id: `#${id}`,
  address_hash: hashOf(id),
  ...change,
});
