import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { type Environment, interpolate } from '../config/interpolate.ts';
import type { ConfigText } from '../config/read-config.ts';
import { parseYaml } from '../config/yaml-text.ts';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';

const presets = fileURLToPath(new URL('../../presets/', import.meta.url));

/** Where the files of a preset are. */
export function presetDirectory(name: string): string {
  return resolve(presets, basename(name));
}

/**
 * Reads a configuration file.
 * @param config a path, or `preset:NAME`
 * @throws PatronflowError CONFIG_UNREADABLE
 */
export async function readConfigText(config: string, workingDirectory: string): Promise<ConfigText> {
  const preset = /^preset:(.+)$/.exec(config)?.[1];
  const path = preset
    ? resolve(presetDirectory(preset), 'patronflow.yaml')
    : resolve(workingDirectory, config);
  return { name: config, directory: dirname(path), yaml: await readText(path, config) };
}

/** Reads a text file that the configuration names. */
export async function readText(path: string, name = path): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const isOtherEncoding = cause instanceof TypeError;
    const why = isOtherEncoding ? 'it is not UTF-8' : systemCode(cause);
    throw new PatronflowError('CONFIG_UNREADABLE', `${safeText(name)} cannot be read (${why}).`, {
      hint: isOtherEncoding
        ? 'Save it as UTF-8.'
        : 'Check the path and its permissions; `patronflow init load` (or `poll`) writes a configuration to start from.',
      cause,
    });
  }
}

/** The job that a file says it configures, before anything else of it is looked at; '' when it does not say. */
export function jobOf({ yaml }: ConfigText): string {
  const { document, problem } = parseYaml(yaml);
  return problem === null && isMap(document.contents) ? String(document.get('job') ?? '') : '';
}

/** Decrypts values of a file of variables; made only when a file has some. */
export type Decrypt = (environment: Environment) => {
  decrypt(name: string, ciphertext: string): Promise<string>;
  close(): Promise<void>;
};

/**
 * The variables of a job: those of `--env-file` under those of the environment, and those of the configuration's
 * own `env_file` over them, as NYPL's poller has always had it.
 */
export async function readEnvironment(
  environment: Environment,
  envFile: string | undefined,
  config: ConfigText,
  workingDirectory: string,
  decrypt: Decrypt,
): Promise<Environment> {
  const under =
    envFile === undefined ? {} : await readEnvFile(envFile, environment, workingDirectory, decrypt);
  const outside = { ...under, ...environment };
  const own = envFileOf(config, outside);
  return own === null
    ? outside
    : { ...outside, ...(await readEnvFile(own, outside, workingDirectory, decrypt)) };
}

/** The file that the configuration names, if all variables in its name are set. */
function envFileOf({ yaml }: ConfigText, environment: Environment): string | null {
  const { document, problem } = parseYaml(yaml);
  const named = problem === null && isMap(document.contents) ? document.get('env_file') : null;
  const { value, problems } = interpolate({ env_file: named }, environment);
  const file = (value as { env_file?: unknown }).env_file;
  return typeof file === 'string' && problems.length === 0 ? file : null;
}

async function readEnvFile(
  file: string,
  environment: Environment,
  workingDirectory: string,
  decrypt: Decrypt,
): Promise<Environment> {
  const text = await readText(resolve(workingDirectory, file), file);
  if (!/\.ya?ml$/i.test(file)) return parseEnv(text);
  const { plain, encrypted } = parseYamlVariables(text, file);
  if (Object.keys(encrypted).length === 0) return plain;
  const secrets = decrypt({ ...environment, ...plain });
  try {
    const values = await Promise.all(
      Object.entries(encrypted).map(async ([name, value]) => [name, await secrets.decrypt(name, value)]),
    );
    return { ...plain, ...Object.fromEntries(values) };
  } finally {
    await secrets.close();
  }
}

/**
 * NYPL's form: `PLAINTEXT_VARIABLES`, and `ENCRYPTED_VARIABLES` in base64 as KMS encrypted them. Without the first of
 * the two, what stands beside the second is plain.
 */
function parseYamlVariables(
  text: string,
  file: string,
): Record<'plain' | 'encrypted', Record<string, string>> {
  // YAML 1.1, as Python reads it: its values become what Python's str() makes of them.
  const { document, problem } = parseYaml(text, { version: '1.1' });
  if (problem || (document.contents !== null && !isMap(document.contents))) {
    const what = problem ? ` (${problem.place} ${problem.message})` : '';
    throw new PatronflowError('CONFIG_INVALID', `${safeText(file)} is not a YAML file of variables${what}.`, {
      hint: 'It has `NAME: value` lines, or such lines under the keys PLAINTEXT_VARIABLES and ENCRYPTED_VARIABLES.',
    });
  }
  const variablesOf = (block: unknown): Record<string, string> => {
    const items = isMap(block) ? block.items : [];
    return Object.fromEntries(items.map(({ key, value }) => [String(key), variableText(value)]));
  };
  const encrypted = variablesOf(document.get('ENCRYPTED_VARIABLES'));
  const hasPlainBlock = document.has('PLAINTEXT_VARIABLES');
  const plain = variablesOf(hasPlainBlock ? document.get('PLAINTEXT_VARIABLES') : document.contents);
  if (!hasPlainBlock) delete plain.ENCRYPTED_VARIABLES;
  return { plain, encrypted };
}

/** A list is JSON, as NYPL's loader has it; of a mapping nothing can be made. */
function variableText(value: unknown): string {
  if (isScalar(value)) return pythonText(value);
  if (!isSeq(value)) return '';
  const items = (value.toJSON() as unknown[]).map((item) => JSON.stringify(item));
  return `[${items.join(', ')}]`;
}

function pythonText({ value, source }: Scalar): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null) return 'None';
  return typeof value === 'string' ? value : (source ?? String(value));
}
