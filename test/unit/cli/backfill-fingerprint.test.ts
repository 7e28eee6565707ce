import { describe, expect, it } from 'vitest';
import { configurationOf } from '../../../src/cli/backfill-fingerprint.ts';
import { type PollConfig, pollSchema } from '../../../src/config/poll-schema.ts';

const census = { via: 'census' };
const settings = {
  job: 'poll',
  sierra: { url: 'postgres://sierra.example.edu/iii', password: 'of-sierra' },
  obfuscation: { method: 'hmac-sha256', key: 'c2b7f0a914e86d355a19d0be7843f62c' },
  geocoding: { geocoders: [census] },
  schema: 'file:/jobs/one/patron-info.avsc',
  records: { to: 'postgres://loader:of-sink@warehouse.example.edu/library' },
  warehouse: { url: 'postgres://warehouse.example.edu/library', password: 'of-warehouse' },
  checkpoint: { ignored: true },
};
const adapters = { source: { name: 'sierra' }, warehouse: { name: 'warehouse' } } as Parameters<
  typeof configurationOf
>[1];
const fingerprint = (change: object = {}, schema: unknown = { fields: [] }, made = adapters) =>
  configurationOf(pollSchema.parse({ ...settings, ...change }) as PollConfig, made, schema);

describe('the fingerprint of a back-fill', () => {
  it.each([
    [
      'a geocoder is asked faster',
      { geocoding: { geocoders: [{ ...census, requests: 2, timeout_seconds: 9 }] } },
    ],
    ['a geocoder has another key', { geocoding: { geocoders: [{ ...census, key: 'other' }] } }],
    [
      'a sink has another password',
      { records: { to: 'postgres://loader:new@warehouse.example.edu/library' } },
    ],
    ['the schema is in another folder', { schema: 'file:/jobs/two/patron-info.avsc' }],
  ])('stays the same where %s', (_, change) => {
    expect(fingerprint(change)).toBe(fingerprint());
  });

  it.each([
    ['the time zone', { time_zone: 'UTC' }],
    [
      'the geography of a geocoder',
      { geocoding: { geocoders: [{ ...census, vintage: 'Census2020_Current' }] } },
    ],
    ['the order of geocoders', { geocoding: { geocoders: [{ via: 'geoclient' }, census] } }],
    ['the form of postal codes', { postal_code: 'first_five' }],
    ['the sink', { records: { to: 'postgres://loader:of-sink@elsewhere.example.edu/library' } }],
    ["the warehouse's table", { warehouse: { ...settings.warehouse, table: 'other' } }],
  ])('changes with %s', (_, change) => {
    expect(fingerprint(change)).not.toBe(fingerprint());
  });

  it('changes with the Avro schema and with Sierra', () => {
    expect(fingerprint({}, { fields: ['pcode3'] })).not.toBe(fingerprint());
    const elsewhere = { ...adapters, source: { name: 'another sierra' } } as typeof adapters;
    expect(fingerprint({}, { fields: [] }, elsewhere)).not.toBe(fingerprint());
  });
});
