import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { createStatement } from '../../src/adapters/records/postgres.ts';
import { patronInfoFields } from '../../src/poll/encode-patron-info.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/data-dictionary.md'), 'utf8');

it('the data dictionary names the fields of a record in their order', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(patronInfoFields);
});

it('the data dictionary has the table that a sink makes', () => {
  const [statement = ''] = /CREATE TABLE[^;]*/.exec(page) ?? [];
  const plain = statement.replace(/\s+/g, ' ').replace('( ', '(').replace(' )', ')').trim();
  expect(plain).toBe(createStatement('patron_info'));
});
