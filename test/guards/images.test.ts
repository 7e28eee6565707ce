import { spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { readConfigText, readEnvironment } from '../../src/cli/config-file.ts';
import { pollSchema } from '../../src/config/poll-schema.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { temporaryDirectory } from '../support/command.ts';

const root = resolve(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const { bin, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>;
  scripts: Record<string, string>;
};

/** The stages by their names; the last one has none. */
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const stageOf = (name: string) => stages.find((stage) => stage.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';

/** Makes a zip with these files, and runs a script of docker/ on it as the image would. */
async function unpack(script: string, files: readonly string[]) {
  const folder = await temporaryDirectory();
  const zip = new ZipFile();
  for (const name of files) zip.addBuffer(Buffer.from('x'), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(folder, 'in.zip')));
  const out = join(folder, 'opt');
  const args = [join(root, 'docker', script), join(folder, 'in.zip'), out];
  const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  return { status, stderr, out };
}

describe('the images', () => {
  it.each(['patronload', 'patron-info-poller'])('start %s with the arguments of the task', (name) => {
    const [, entry = ''] = /^ENTRYPOINT \["node", "\/app\/(.+)"\]$/m.exec(stageOf(name)) ?? [];
    expect(entry).toBe(bin[name]);
    expect(stageOf(name)).toContain('CMD []');
  });

  it('are the plain one where no target is asked for', () => {
    expect(stages.at(-1)?.trim()).toBe('FROM plain');
    expect(stageOf('plain')).toContain(`"/app/${bin.patronflow}"`);
  });

  it('have every target that the documentation names, and none besides', () => {
    const targets = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
    const page = readFileSync(join(root, 'docs/images.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z-]+)` \| `/gm)].map(([, name]) => name);
    expect(targets.filter((name) => name !== 'build' && name !== 'plain').sort()).toEqual(documented.sort());
  });

  it('get every script that they run', () => {
    for (const [, script = ''] of dockerfile.matchAll(/^COPY (docker\/\S+)/gm))
      expect(existsSync(join(root, script)), script).toBe(true);
  });

  it('unpack the Instant Client under a name without its version', async () => {
    const names = ['libclntsh.so.19.1', 'libnnz19.so', 'network/admin/README'];
    const { status, out } = await unpack(
      'unpack-instant-client.sh',
      names.map((name) => `instantclient_19_27/${name}`),
    );
    expect(status).toBe(0);
    expect(readlinkSync(join(out, 'libclntsh.so'))).toBe('libclntsh.so.19.1');
    expect(readdirSync(join(out, 'network/admin'))).toEqual(['README']);
  });

  it('unpack Geosupport under a name without its version', async () => {
    const files = ['version-24a_24.1/fls/GRID', 'version-24a_24.1/lib/libgeo.so', 'version-24a_24.1/bin/x'];
    const { status, out } = await unpack('unpack-geosupport.sh', files);
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['fls', 'lib']);
  });

  it.each(['unpack-instant-client.sh', 'unpack-geosupport.sh'])('%s stops at another zip', async (script) => {
    const { status, stderr } = await unpack(script, ['other/file']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('There is no ')]);
  });
});

describe('a task of ECS', () => {
  it.each(['patronload', 'patron-info-poller'])(
    '%s has the image of its own entry point and no command',
    (name) => {
      const task = JSON.parse(readFileSync(join(root, `examples/ecs-${name}.json`), 'utf8'));
      const [container] = task.containerDefinitions;
      expect([task.family, container.name, container.command]).toEqual([name, name, undefined]);
      expect(container.image).toContain(`/${name}:`);
    },
  );
});

describe('the environment of a developer', () => {
  it('has every variable that the poll asks for, and leads to this machine', async () => {
    const text = await readConfigText('preset:patron-info-poller', root);
    const noSecrets = () => expect.fail('nothing of it is encrypted');
    const environment = await readEnvironment({ ENVIRONMENT: 'devel' }, undefined, text, root, noSecrets);
    const config = readConfig(pollSchema, text, { environment, workingDirectory: root });
    expect(config.sierra?.url).toContain('//localhost:');
    expect([config.records.to, config.checkpoint.at]).toEqual([
      [`file:${join(root, 'devel/records.jsonl')}`],
      `file:${join(root, 'devel/state.json')}`,
    ]);
  });

  it('has the short commands that the documentation names', () => {
    const page = readFileSync(join(root, 'docs/images.md'), 'utf8');
    const named = [...page.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the release', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yaml'), 'utf8');

  it('gives each job the rights that it needs, and the token to the step that publishes', () => {
    expect(/^permissions:\n {2}contents: read\n(?! )/m.test(workflow)).toBe(true);
    const [, npm = '', container = ''] = workflow.split(/^ {2}(?:npm|container):$/m);
    expect(npm).not.toContain('packages: write');
    expect(container).not.toContain('NPM_TOKEN');
    expect(container).not.toContain('id-token');
    expect(npm.match(/NPM_TOKEN/g)).toHaveLength(1);
  });
});
