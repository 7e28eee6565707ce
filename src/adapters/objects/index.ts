import { UrlRegistry } from '../../core/registry.ts';
import { folderObjects } from './folder.ts';
import { s3Objects } from './s3.ts';
import { sftpObjects } from './sftp.ts';

/** Where files are delivered. */
export const objectStores = new UrlRegistry([folderObjects, s3Objects, sftpObjects]);
