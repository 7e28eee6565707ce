import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { Environment } from '../core/config/interpolate.ts';
import type { ConfigText } from '../core/config/read-config.ts';
import { PatronflowError, systemCode } from '../core/errors.ts';

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
    const why = cause instanceof TypeError ? 'it is not UTF-8' : systemCode(cause);
    throw new PatronflowError('CONFIG_UNREADABLE', `${name} cannot be read (${why}).`, {
      hint: 'Check the path and its permissions; `patronflow init load` writes a configuration to start from.',
      cause,
    });
  }
}

/** Puts the variables of a file (`NAME=value` lines) under those of the environment. */
export async function withEnvFile(
  environment: Environment,
  file: string | undefined,
  workingDirectory: string,
): Promise<Environment> {
  if (file === undefined) return environment;
  return { ...parseEnv(await readText(resolve(workingDirectory, file), file)), ...environment };
}
