import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './interpolate.ts';

/**
 * The addresses of services that AWS's own clients take from the files of the user, for the profile in use ("Service-specific endpoints",
 * AWS SDKs and Tools Reference Guide). Sections of services count as in use: any profile may name them.
 */
export function profileEndpoints(
  environment: Environment,
): { readonly place: string; readonly url: string }[] {
  if (environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return [];
  const home = environment.HOME ?? environment.USERPROFILE ?? '';
  const profile = environment.AWS_PROFILE || 'default';
  const files = [
    environment.AWS_CONFIG_FILE || join(home, '.aws', 'config'),
    environment.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
  ];
  return files.flatMap((place) => endpointsIn(textOf(place), profile).map((url) => ({ place, url })));
}

/** Without such a file there is nothing in it; one that cannot be read the clients cannot read either. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function endpointsIn(text: string, profile: string): string[] {
  let isUsed = false;
  const urls: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, section] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (section !== undefined)
      isUsed = section === profile || section === `profile ${profile}` || section.startsWith('services ');
    const [, url] = /^\s*endpoint_url\s*=\s*(\S+)/.exec(line) ?? [];
    if (isUsed && url) urls.push(url);
  }
  return urls;
}
