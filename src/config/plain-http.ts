import type { z } from 'zod';
import { isPlainHttp } from '../core/loopback.ts';
import { mapTexts } from '../core/settings.ts';
import { profileEndpoints } from './aws-profile.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** An address at which everything is sent so that the network can read it. */
export interface PlainHttp {
  /** The key of the configuration, or the variable. */
  readonly place: string;
  readonly origin: string;
}

/** What AWS's own clients read where the configuration names no endpoint. */
const endpointVariables = /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/;

/** Finds the addresses of a configuration, and of the variables and files around it, that send to other machines without TLS. */
export function plainHttp(
  schema: z.ZodType,
  config: unknown,
  environment: Environment,
): readonly PlainHttp[] {
  const found: PlainHttp[] = [];
  let usesAws = false;
  const look = (url: string, place: string) => {
    if (isPlainHttp(url)) found.push({ place, origin: new URL(url).origin });
  };
  mapTexts(schema, config, (text, place, isMarked) => {
    if (isMarked('endpoint') || isMarked('location')) look(text, place);
    usesAws ||= isMarked('location') && /^(s3|ses|kinesis):/.test(text);
    return text;
  });
  if (!usesAws) return found;
  const variables = Object.entries(environment).filter(([name]) => endpointVariables.test(name));
  const others = [
    ...variables.map(([place, url = '']) => ({ place, url })),
    ...profileEndpoints(environment),
  ];
  for (const { place, url } of others)
    if (!found.some(({ origin }) => url.startsWith(origin))) look(url, place);
  return found;
}

export function plainHttpProblem({ place, origin }: PlainHttp): ConfigProblem {
  const message = `${origin} is another machine, and what is sent there without TLS can be read on the way; use https, or allow it by \`allow_http: true\``;
  return { place, message };
}
