import type { z } from 'zod';
import { mapTexts } from '../core/settings.ts';
import { urlPart } from '../core/url-part.ts';

/** Everything in a configuration that must never be seen: what its schema marks as secret, and passwords inside URLs. */
export function secretsOf(schema: z.ZodType, config: unknown): string[] {
  const secrets: string[] = [];
  mapTexts(schema, config, (text, _place, isMarked) => {
    if (isMarked('secret') && text !== 'none') secrets.push(text);
    const inUrl = /^[a-z0-9+]+:\/\/[^/@]*:([^@]*)@/.exec(text)?.[1];
    if (inUrl) secrets.push(inUrl, urlPart(inUrl));
    return text;
  });
  return secrets;
}
