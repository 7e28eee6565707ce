import { join } from 'node:path';

const folder = join(import.meta.dirname, 'fixtures');

/** A certificate for localhost that signs itself, good until 2126, and its key: invented, and used by tests alone. */
export const certificateFiles = {
  certificate: join(folder, 'localhost.cert.pem'),
  key: join(folder, 'localhost.key.pem'),
};
