import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Installation, install, nodes } from './installation.ts';

const { version } = JSON.parse(readFileSync(join(inject('unpacked'), 'package.json'), 'utf8'));

/** Packages and megabytes of an installation at most; docs/dependencies.md tells what there are. */
const budget = {
  withOptional: { packages: 165, megabytes: 155 },
  without: { packages: 120, megabytes: 60 },
};

let whole: Installation;
let lean: Installation;
beforeAll(() => {
  whole = install();
  lean = install('--omit=optional');
});

it('is no more than docs/dependencies.md accounts for', () => {
  for (const [installation, most] of [
    [whole, budget.withOptional],
    [lean, budget.without],
  ] as const) {
    console.log(`${installation.packages} packages, ${installation.megabytes.toFixed(0)} MB`);
    expect(installation.packages).toBeLessThanOrEqual(most.packages);
    expect(installation.megabytes).toBeLessThanOrEqual(most.megabytes);
  }
});

describe.each(nodes())('installed from its tarball, on Node.js $version', (node) => {
  const { version: nodeVersion, npx, fetchingNpx } = node;

  it('runs on that very Node.js', async () => {
    expect((await npx(whole, ['node', '--version'])).stdout.trim()).toBe(nodeVersion);
    expect(await npx(whole, ['patronflow', '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('gives its demonstration by the line that it names', async () => {
    const missing = await npx(whole, ['patronflow', 'demo', '--out', nodeVersion]);
    expect(missing.code).toBe(69);
    const [, postgres = ''] = /Run: npx -p patronflow -p (\S+) patronflow demo\n/.exec(missing.stderr) ?? [];
    // This package is not published yet; the other one comes from where npm gets packages.
    const packages = ['-p', inject('tarball'), '-p', postgres];
    const { code, stdout, stderr } = await fetchingNpx(whole, [
      ...packages,
      'patronflow',
      'demo',
      '--people',
      '600',
      '--out',
      nodeVersion,
    ]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toContain('STOPPED BY THE GUARD: nothing was delivered.');
    expect(stdout).toContain('Sent: 150 records.');
    const demo = join(whole.folder, nodeVersion);
    for (const page of ['load/report-2.html', 'poll/report.html'])
      expect(existsSync(join(demo, page))).toBe(true);
    const taken = join(demo, 'load/alma');
    for (const name of readdirSync(taken))
      expect((await npx(whole, ['patronflow', 'validate', join(taken, name)])).stdout).toMatch(
        / users, 0 errors, 0 warnings\n$/,
      );
  });

  it.each(['whole', 'lean'] as const)(
    'checks, loads and validates where the installation is %s',
    async (which) => {
      const installation = which === 'whole' ? whole : lean;
      const library = `library-${nodeVersion}`;
      const config = ['--config', `${library}/patronflow.yaml`];
      expect((await npx(installation, ['patronflow', 'init', 'load', library])).code).toBe(0);
      const checked = await npx(installation, ['patronflow', 'check', ...config]);
      expect([checked.code, checked.stdout]).toEqual([0, expect.not.stringContaining('FAILED')]);
      const loaded = await npx(installation, ['patronflow', 'load', ...config]);
      expect([loaded.code, loaded.stdout]).toEqual([0, expect.stringContaining('Delivered.')]);
      const alma = join(installation.folder, library, 'alma');
      const zips = readdirSync(alma).map((name) => join(alma, name));
      expect(await npx(installation, ['patronflow', 'validate', ...zips])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+ users, 0 errors, /),
      });
    },
  );

  it.each(['patronload', 'patron-info-poller'])(
    'starts as %s, which asks for its variables',
    async (command) => {
      expect(await npx(whole, [command, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage: patronflow'),
      });
      const { code, stderr } = await npx(whole, [command]);
      expect([code, stderr]).toEqual([78, expect.stringMatching(/_HOST|WORKSPACE/)]);
    },
  );
});
