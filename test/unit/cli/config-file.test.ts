import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Decrypt,
  jobOf,
  presetDirectory,
  readConfigText,
  readEnvironment,
} from '../../../src/cli/config-file.ts';
import type { Environment } from '../../../src/config/interpolate.ts';
import { failureOf, temporaryFolder } from '../support/fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return name;
}

/** Secrets that are decrypted by turning them around. */
function secrets() {
  const seen: { environment?: Environment; names: string[]; isClosed: boolean } = {
    names: [],
    isClosed: false,
  };
  const decrypt: Decrypt = (environment) => {
    seen.environment = environment;
    return {
      decrypt: async (name, ciphertext) => {
        seen.names.push(name);
        if (ciphertext === 'broken') throw new Error('KMS says no');
        return [...ciphertext].reverse().join('');
      },
      close: async () => {
        seen.isClosed = true;
      },
    };
  };
  return { seen, decrypt };
}
const noSecrets: Decrypt = () => {
  throw new Error('nothing is encrypted');
};

const config = (yaml = 'job: poll') => ({ name: 'c', directory: '/elsewhere', yaml });
const read = (
  environment: Environment,
  envFile: string | undefined,
  yaml?: string,
  decrypt: Decrypt = noSecrets,
): Promise<Environment> => readEnvironment(environment, envFile, config(yaml), folder, decrypt);

describe('a file of NAME=value lines', () => {
  it('is read with quotes, comments and export', async () => {
    const name = file('job.env', '# why', 'A=1', 'export B="x y" # z', "C='$A'", 'D=', '', 'E=a=b');
    expect(await read({}, name)).toEqual({ A: '1', B: 'x y', C: '$A', D: '', E: 'a=b' });
  });

  it('goes under the environment', async () => {
    expect(await read({ A: 'outside', C: '3' }, file('job.env', 'A=1', 'B=2'))).toEqual({
      A: 'outside',
      B: '2',
      C: '3',
    });
  });

  it('that is not there is an error', async () => {
    expect(await failureOf(() => read({}, 'nowhere.env'))).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: 'nowhere.env cannot be read (ENOENT).',
    });
  });
});

describe("NYPL's file of variables", () => {
  it("has values as Python's str() makes them", async () => {
    const name = file(
      'qa.yaml',
      'PLAINTEXT_VARIABLES:',
      '  SWITCH: true',
      '  AGREED: yes',
      '  DARK: Off',
      '  QUOTED: "true"',
      '  NOTHING: null',
      '  EMPTY:',
      '  DAY: 2020-01-01',
      '  TIME: 2020-01-01 00:00:00-05:00',
      '  NUMBER: 10000',
      '  NEGATIVE: -5',
      '  LONG: 123456789012345678901234567890',
      '  SHARE: 0.5',
      '  TEXT: a b',
      '  URL: https://x/y?z#w',
      '  WORD: 1e3',
    );
    expect(await read({}, name)).toEqual({
      SWITCH: 'True',
      AGREED: 'True',
      DARK: 'False',
      QUOTED: 'true',
      NOTHING: 'None',
      EMPTY: 'None',
      DAY: '2020-01-01',
      TIME: '2020-01-01 00:00:00-05:00',
      NUMBER: '10000',
      NEGATIVE: '-5',
      LONG: '123456789012345678901234567890',
      SHARE: '0.5',
      TEXT: 'a b',
      URL: 'https://x/y?z#w',
      WORD: '1e3',
    });
  });

  it('may be flat, with what is encrypted below, and have lists, which become JSON', async () => {
    const name = file(
      'qa.yaml',
      'PLAIN: text',
      'SWITCH: true',
      'LIST: [a, 1, true, null, "x y"]',
      'LINES:',
      '  - one',
      '  - two',
      'ENCRYPTED_VARIABLES:',
      '  PASSWORD: terces',
    );
    expect(await read({}, name, undefined, secrets().decrypt)).toEqual({
      PLAIN: 'text',
      SWITCH: 'True',
      LIST: '["a", 1, true, null, "x y"]',
      LINES: '["one", "two"]',
      PASSWORD: 'secret',
    });
    // As soon as there is a block of plain ones, the others are of no concern.
    const block = file('qa2.yaml', 'OTHER: x', 'PLAINTEXT_VARIABLES:', '  LIST: [a]');
    expect(await read({}, block)).toEqual({ LIST: '["a"]' });
  });

  it('has values that are decrypted, with what the file and the environment say of AWS', async () => {
    const { seen, decrypt } = secrets();
    const name = file(
      'qa.yml',
      'PLAINTEXT_VARIABLES:',
      '  AWS_REGION: eu-west-1',
      '  PLAIN: text',
      'ENCRYPTED_VARIABLES:',
      '  PASSWORD: terces',
      '  SALT: tlas',
    );
    expect(await read({ AWS_REGION: 'us-east-1', KEY: 'k' }, name, undefined, decrypt)).toEqual({
      AWS_REGION: 'us-east-1',
      KEY: 'k',
      PLAIN: 'text',
      PASSWORD: 'secret',
      SALT: 'salt',
    });
    expect(seen).toMatchObject({ environment: { AWS_REGION: 'eu-west-1', KEY: 'k' }, isClosed: true });
    expect(seen.names).toEqual(['PASSWORD', 'SALT']);
  });

  it('lets go of the keys when one cannot be decrypted', async () => {
    const { seen, decrypt } = secrets();
    const name = file('qa.yaml', 'ENCRYPTED_VARIABLES:', '  PASSWORD: broken');
    expect((await failureOf(() => read({}, name, undefined, decrypt))).message).toBe('KMS says no');
    expect(seen.isClosed).toBe(true);
  });

  it.each([
    ['is empty', []],
    ['has comments only', ['# nothing']],
    ['has no variables', ['PLAINTEXT_VARIABLES:', 'ENCRYPTED_VARIABLES: {}', 'OTHER: {A: 1}']],
  ])('may say nothing: %s', async (_, lines) => {
    expect(await read({ A: '1' }, file('qa.yaml', ...lines))).toEqual({ A: '1' });
  });

  it.each([
    ['a list', ['- A'], ''],
    [
      'broken',
      ['PLAINTEXT_VARIABLES:', '  A: "'],
      ' (line 3 lacks a character, such as a quote, a bracket, a comma or the space after a colon)',
    ],
    ['a text', ['A=1'], ''],
  ])('is refused when it is %s', async (_, lines, at) => {
    expect(await failureOf(() => read({}, file('qa.yaml', ...lines)))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `qa.yaml is not a YAML file of variables${at}.`,
    });
  });
});

describe('the file that a configuration names', () => {
  const yaml = 'job: poll\nenv_file: config/${ENVIRONMENT}.yaml';
  const put = () => file('config/qa.yaml', 'PLAINTEXT_VARIABLES:', '  A: file', '  B: file');

  it("goes over the environment, which goes over the command line's", async () => {
    put();
    const under = file('under.env', 'A=under', 'C=under', 'D=under');
    expect(await read({ ENVIRONMENT: 'qa', A: 'outside', C: 'outside' }, under, yaml)).toEqual({
      ENVIRONMENT: 'qa',
      A: 'file',
      B: 'file',
      C: 'outside',
      D: 'under',
    });
  });

  it("may be named by a variable of the command line's", async () => {
    put();
    expect(await read({}, file('under.env', 'ENVIRONMENT=qa'), yaml)).toMatchObject({ A: 'file' });
  });

  it.each<[string, Environment]>([
    ['not set', {}],
    ['set to nothing', { ENVIRONMENT: '' }],
  ])('is not read when a variable in its name is %s', async (_, environment) => {
    put();
    expect(await read(environment, undefined, yaml)).toEqual(environment);
  });

  it('is an error when it is named and is not there', async () => {
    expect(await failureOf(() => read({ ENVIRONMENT: 'prod' }, undefined, yaml))).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: 'config/prod.yaml cannot be read (ENOENT).',
    });
  });

  it.each([['job: poll'], ['- a list'], ['env_file: "'], ['env_file: {a: 1}'], ['']])(
    'is none in %j',
    async (other) => {
      expect(await read({ A: '1' }, undefined, other)).toEqual({ A: '1' });
    },
  );
});

describe('a configuration', () => {
  it('is read from a file, or from a preset', async () => {
    file('job/patronflow.yaml', 'job: poll');
    expect(await readConfigText('job/patronflow.yaml', folder)).toEqual({
      name: 'job/patronflow.yaml',
      directory: join(folder, 'job'),
      yaml: 'job: poll\n',
    });
    const preset = await readConfigText('preset:patron-info-poller', folder);
    expect(preset).toMatchObject({
      name: 'preset:patron-info-poller',
      directory: presetDirectory('patron-info-poller'),
    });
    expect(jobOf(preset)).toBe('poll');
  });

  it('is not read from outside of the presets', () => {
    expect(presetDirectory('../../../etc')).toBe(presetDirectory('etc'));
  });

  it('that is not UTF-8 is refused', async () => {
    writeFileSync(join(folder, 'x.yaml'), Buffer.from([0x6a, 0xff]));
    expect((await failureOf(() => readConfigText('x.yaml', folder))).message).toBe(
      'x.yaml cannot be read (it is not UTF-8).',
    );
  });

  it.each([
    ['job: load', 'load'],
    ['job: [', ''],
    ['title: x', ''],
    ['- job', ''],
    ['', ''],
  ])('says which job it is of: %j', (yaml, job) => {
    expect(jobOf(config(yaml))).toBe(job);
  });
});
