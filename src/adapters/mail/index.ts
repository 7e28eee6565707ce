import { UrlRegistry } from '../../core/registry.ts';
import { sesMail } from './ses.ts';
import { smtpMail } from './smtp.ts';

/** How reports are mailed. */
export const mailers = new UrlRegistry([sesMail, smtpMail]);
