import { constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { PatronflowError, systemCode, toPatronflowError } from '../core/errors.ts';
import { type Html, sourceOf } from '../report/html.ts';

/** Not through a link, which another user may have put there. */
const overwriting = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);

/** Writes a page. @throws PatronflowError DISK_DENIED or DISK_FULL */
export async function writePage(path: string, page: Html): Promise<void> {
  try {
    await writeFile(path, sourceOf(page), { mode: 0o600, flag: overwriting });
  } catch (cause) {
    throw pageError(path, cause);
  }
}

function pageError(page: string, cause: unknown): PatronflowError {
  const code = systemCode(cause);
  if (code === 'ELOOP') {
    const hint = 'Name the file that it points to.';
    return new PatronflowError('DISK_DENIED', `${page} is a link.`, { hint, cause });
  }
  const found = toPatronflowError(cause);
  return found.kind !== 'bug'
    ? found
    : new PatronflowError('DISK_DENIED', `${page} could not be written (${code}).`, { cause });
}
