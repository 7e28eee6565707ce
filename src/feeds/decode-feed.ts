import { DecodedText } from './decoded-text.ts';
import type { FeedText } from './feed-text.ts';
import { Utf8Text } from './utf8-text.ts';

/**
 * What decodes a feed.
 * @param name of the file, for messages
 * @param encoding as the WHATWG Encoding Standard calls it: `utf-8`, `windows-1252`, `utf-16le`
 */
export function feedText(name: string, encoding: string): FeedText {
  return new TextDecoder(encoding).encoding === 'utf-8'
    ? new Utf8Text(name)
    : new DecodedText(name, encoding);
}
