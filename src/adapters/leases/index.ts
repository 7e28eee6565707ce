import { UrlRegistry } from '../../core/registry.ts';
import { fileLease } from './file.ts';
import { s3Lease } from './s3.ts';
import { sftpLease } from './sftp.ts';

/** What keeps a second run of a job away, beside its checkpoint. */
export const leases = new UrlRegistry([fileLease, s3Lease, sftpLease]);
