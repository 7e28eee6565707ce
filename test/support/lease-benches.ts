import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createFileLease } from '../../src/adapters/lease-file.ts';
import { createS3Lease } from '../../src/adapters/lease-s3.ts';
import type { Claimant } from '../../src/core/lease.ts';
import type { Lease } from '../../src/core/ports.ts';
import { startS3Server, useTestCredentials } from './s3-server.ts';

/** A place for leases, seen past the adapter. */
export interface LeaseBench {
  open(name: string, claimant: Claimant): Lease;
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What is there of a name, with whatever was left beside it. */
  traces(name: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function fileBench(): Promise<LeaseBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-lease-'));
  return {
    open: (name, claimant) => createFileLease({ path: join(root, name), claimant }),
    read: (name) => readFile(join(root, name), 'utf8'),
    write: (name, text) => writeFile(join(root, name), text),
    remove: (name) => rm(join(root, name)),
    traces: async (name) => (await readdir(root)).filter((file) => file.startsWith(name)),
    stop: () => rm(root, { recursive: true }),
  };
}

export async function s3Bench(): Promise<LeaseBench> {
  useTestCredentials();
  const server = await startS3Server();
  server.createBucket('states');
  const target = (Key: string) => ({ Bucket: 'states', Key });
  const read = async (name: string) => {
    const { Body } = await server.client.send(new GetObjectCommand(target(name)));
    return (await Body?.transformToString()) ?? '';
  };
  return {
    open: (key, claimant) =>
      createS3Lease({
        ...{ region: 'us-east-1', endpoint: server.endpoint, bucket: 'states' },
        key,
        claimant,
      }),
    read,
    write: async (name, Body) =>
      void (await server.client.send(new PutObjectCommand({ ...target(name), Body }))),
    remove: async (name) => void (await server.client.send(new DeleteObjectCommand(target(name)))),
    traces: async (name) =>
      read(name).then(
        () => [name],
        () => [],
      ),
    stop: server.stop,
  };
}
