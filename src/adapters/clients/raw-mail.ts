import type { Message } from '../../core/ports.ts';

/** A message as nodemailer takes it. Answering machines do not answer what a machine has sent (RFC 3834). */
export function rawMail({ to, ...message }: Message) {
  return { ...message, to: [...to], headers: { 'Auto-Submitted': 'auto-generated' } };
}
