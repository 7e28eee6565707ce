import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';

/** How the server of an encrypted connection is known, and the client shows who it is. */
export interface OracleTls {
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string | undefined;
  /** Directory of a wallet. */
  readonly wallet?: string | undefined;
  readonly walletPassword?: string | undefined;
}

/** The Instant Client looks at the server's name only where it is told to. */
export function securityOf({ wallet }: OracleTls): string {
  const place = wallet ? `(MY_WALLET_DIRECTORY=${wallet})` : '';
  return `(SECURITY=(SSL_SERVER_DN_MATCH=yes)${place})`;
}

/**
 * The driver takes certificates only as a wallet, which must hold a key. Where there is only an authority, a key is made up
 * that belongs to none of its certificates, so that the client has no certificate to show.
 */
export async function walletOf(tls: OracleTls): Promise<{ walletContent?: string; walletPassword?: string }> {
  if (tls.walletPassword !== undefined) return { walletPassword: tls.walletPassword };
  if (tls.caFile === undefined) return {};
  const { caFile } = tls;
  const authority = await readFile(caFile, 'utf8')
    .then((pem) => new X509Certificate(pem) && pem)
    .catch((cause) => {
      throw new PatronflowError(
        'CONFIG_INVALID',
        `${safeText(caFile)} is not a certificate (${systemCode(cause)}).`,
        {
          hint: "source.oracle.ca_file names a PEM file with the certificate of the server's authority.",
          cause,
        },
      );
    });
  const isEd25519 = new X509Certificate(authority).publicKey.asymmetricKeyType === 'ed25519';
  const { privateKey } = isEd25519
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('ed25519');
  return { walletContent: `${authority}\n${privateKey.export({ type: 'pkcs8', format: 'pem' })}` };
}
