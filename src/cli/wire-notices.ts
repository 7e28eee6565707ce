import type { MailConfig } from '../config/schema-parts.ts';
import type { ErrorReporter, Mailer } from '../core/ports.ts';

/** How the report is mailed; null when it is not. */
export async function wireMail(settings: MailConfig): Promise<Mailer | null> {
  if (settings === 'none' || !settings.from || !settings.to) return null;
  const { protocol, hostname, port } = new URL(settings.via);
  if (protocol === 'ses:') {
    const { createSesMail } = await import('../adapters/mail/ses.ts');
    return createSesMail({ region: hostname, endpoint: settings.endpoint });
  }
  const implicitTls = protocol === 'smtps:';
  const { createSmtpMail } = await import('../adapters/mail/smtp.ts');
  return createSmtpMail({
    host: hostname,
    port: Number(port || (implicitTls ? 465 : 587)),
    implicitTls,
    tls: settings.tls,
    user: settings.user,
    password: settings.password,
  });
}

/** Who hears of failures; null when nobody does. */
export async function wireErrorReporter(
  { sentry, workspace }: { sentry: { dsn?: string | undefined }; workspace?: string | undefined },
  version: string,
): Promise<ErrorReporter | null> {
  if (sentry.dsn === undefined || sentry.dsn.toLowerCase() === 'none') return null;
  const { createSentryReporter } = await import('../adapters/error-reporters/sentry.ts');
  return createSentryReporter({ dsn: sentry.dsn, environment: workspace, release: `patronflow@${version}` });
}
