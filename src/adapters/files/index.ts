import { UrlRegistry } from '../../core/registry.ts';
import { folderFiles } from './folder.ts';
import { httpsFiles } from './https.ts';
import { s3Files } from './s3.ts';
import { sftpFiles } from './sftp.ts';

export const fileSources = new UrlRegistry([folderFiles, sftpFiles, s3Files, httpsFiles]);
