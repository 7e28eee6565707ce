import { UrlRegistry } from '../../core/registry.ts';
import { fileCheckpoint } from './file.ts';
import { s3Checkpoint } from './s3.ts';
import { sftpCheckpoint } from './sftp.ts';

/** Where small documents are kept: cursors and ledgers. */
export const checkpoints = new UrlRegistry([fileCheckpoint, s3Checkpoint, sftpCheckpoint]);
