import { parseDocument } from 'yaml';
import { type MappingConfig, mappingSchema } from '../config/load-schema.ts';
import type { ConfigText } from '../config/read-config.ts';
import { readConfig } from '../config/read-config.ts';
import { readConfigText, readEnvironment } from './config-file.ts';
import type { SessionOptions } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { wireDecrypt } from './wire-shared.ts';

/** Keys of a group that say where its rows come from. Templates are tested without them and their variables. */
const sourceKeys = ['table', 'columns', 'query', 'guard', 'deliver'];

/**
 * Reads what makes users of rows: templates and tables. All else of the configuration is left out, with its variables, so that tests
 * run where the source, the delivery and their secrets are unknown.
 * @throws PatronflowError CONFIG_UNREADABLE or CONFIG_INVALID
 */
export async function readMapping(
  options: Omit<SessionOptions, 'now'>,
  context: ProcessContext,
): Promise<MappingConfig> {
  const { workingDirectory } = context;
  const text = await readConfigText(options.config, workingDirectory);
  const environment = await readEnvironment(
    context.environment,
    options.envFile,
    { ...text, yaml: '' },
    workingDirectory,
    wireDecrypt,
  );
  return readConfig(mappingSchema, text, { environment, workingDirectory, overrides: withoutOthers(text) });
}

/** What puts nothing in the place of all that is not needed. */
function withoutOthers({ yaml }: ConfigText): Record<string, unknown> {
  const document = parseDocument(yaml);
  const tree: unknown = document.errors.length === 0 ? document.toJS() : null;
  if (typeof tree !== 'object' || tree === null) return {};
  const others = Object.keys(tree).filter((key) => !Object.hasOwn(mappingSchema.shape, key));
  const groups: unknown = 'groups' in tree ? tree.groups : undefined;
  return {
    ...Object.fromEntries(others.map((key) => [key, undefined])),
    ...(Array.isArray(groups) && { groups: groups.map(withoutSource) }),
  };
}

const withoutSource = (group: unknown): unknown =>
  typeof group === 'object' && group !== null
    ? Object.fromEntries(Object.entries(group).filter(([key]) => !sourceKeys.includes(key)))
    : group;
