import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip of one file with users of whom little is known. */
export async function zipOfUsers(ids: readonly string[]): Promise<Buffer> {
  const users = ids.map((id) => `<user><primary_id>${id}</primary_id></user>`);
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`<users>${users.join('\n')}</users>`), 'users.xml');
  zip.end();
  return buffer(zip.outputStream);
}
