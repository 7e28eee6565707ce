import { readFile } from 'node:fs/promises';
import { PatronflowError, systemCode } from '../../core/errors.ts';

/** The certificate of an authority, in PEM form; undefined where the machine's own authorities are meant. */
export async function readAuthority(caFile: string | undefined): Promise<string | undefined> {
  if (!caFile) return undefined;
  return readFile(caFile, 'utf8').catch((cause) => {
    throw new PatronflowError('CONFIG_INVALID', `${caFile} cannot be read (${systemCode(cause)}).`, {
      hint: 'ca_file names a PEM file.',
      cause,
    });
  });
}
