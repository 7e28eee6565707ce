import { safeText } from '../../core/safe-text.ts';

/**
 * What is wrong with the encoding that a file declares; null when nothing is. Bytes that are ASCII are the same in UTF-8
 * and in encodings that many programs declare without being asked.
 * @param beyondAsciiLine the first line with a byte that is not ASCII; 0 when there is none
 */
export function encodingProblem(
  encoding: string,
  beyondAsciiLine: number,
): { readonly line: number; readonly message: string; readonly level: 'error' | 'warning' } | null {
  if (encoding === '' || /^utf-?8$/i.test(encoding)) return null;
  const declared = `declared as ${safeText(encoding)}`;
  if (!/^(us-)?ascii$|^iso-?8859-\d+$|^latin-?\d+$|^(windows|cp)-?125\d$/i.test(encoding))
    return { line: 1, message: `${declared}, but Alma accepts only UTF-8`, level: 'error' };
  if (beyondAsciiLine > 0) {
    const message = `${declared}, but this line has characters beyond ASCII; declare UTF-8`;
    return { line: beyondAsciiLine, message, level: 'error' };
  }
  const message = `${declared}, which reads the same as UTF-8 only while all is ASCII`;
  return { line: 1, message, level: 'warning' };
}
