import { formatSchema, toFormat } from '../../../src/config/feed-schema.ts';
import type { FeedFormat } from '../../../src/feeds/feed-format.ts';

/** The format that a configuration describes. */
export function formatOf(written: Readonly<Record<string, unknown>>): FeedFormat {
  return toFormat(formatSchema.parse(written));
}
