import { expect, it } from 'vitest';
import { ledgerBeside } from '../../../src/cli/wire-load.ts';

it.each([
  ['file:/srv/alma', 'file:/srv/alma-ledger/ledger.json'],
  ['file:/srv/alma/', 'file:/srv/alma-ledger/ledger.json'],
  ['s3://bucket/alma', 's3://bucket/alma-ledger/ledger.json'],
  ['s3://bucket', 's3://bucket/patronflow-ledger/ledger.json'],
  ['s3://bucket/', 's3://bucket/patronflow-ledger/ledger.json'],
  ['sftp://u@host/in', 'sftp://u@host/in-ledger/ledger.json'],
  ['sftp://u@host:22322/', 'sftp://u@host:22322/patronflow-ledger/ledger.json'],
  ['sftp://u@host:22322', 'sftp://u@host:22322/patronflow-ledger/ledger.json'],
  ['sftp://u@host', 'sftp://u@host/patronflow-ledger/ledger.json'],
  ['sftp://u@host/~', 'sftp://u@host/~/patronflow-ledger/ledger.json'],
  ['sftp://u@host/~/in', 'sftp://u@host/~/in-ledger/ledger.json'],
])('the ledger of a delivery to %s is at %s', (to, at) => {
  expect(ledgerBeside(to)).toBe(at);
});
