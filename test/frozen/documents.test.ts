import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holderText, parseHolder } from '../../src/core/lease.ts';
import { parseState, stateDocument } from '../../src/poll/state.ts';
import { run } from '../support/command.ts';
import { makeLibrary, twenty } from '../support/library.ts';
import { differencesOfShape } from './compare-shape.ts';

// What version 0.1.0 wrote down between two runs. It is read as long as a library may still have it.
const textOf = (name: string) => readFileSync(new URL(`documents/${name}.json`, import.meta.url), 'utf8');
const frozen = (name: string) => JSON.parse(textOf(name));

const zone = 'America/New_York';

/** A load with a document of an older version in the place of its own. */
async function loadBeside(file: string, text: string) {
  const library = await makeLibrary();
  const path = join(library.directory, 'out-ledger', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const load = async () =>
    run(['load', '--json', '--now', '2026-03-01T12:00:00Z'], { workingDirectory: library.directory });
  return { library, load, read: () => JSON.parse(readFileSync(path, 'utf8')) };
}

describe('the ledger of an older version', () => {
  it('is what the next run compares with', async () => {
    const { load } = await loadBeside('ledger.json', textOf('ledger'));
    const { code, stdout } = await load();
    expect(code).toBe(0);
    expect(JSON.parse(stdout).groups[0].last).toMatchObject(frozen('ledger').groups.staff);
  });

  it('lets the guard stop a run that lost people', async () => {
    const { library, load } = await loadBeside('ledger.json', textOf('ledger'));
    await library.rows('staff', twenty.slice(0, 3));
    expect((await load()).code).toBe(3);
  });

  it('has every key in the ledger that this version writes, and keeps its other groups', async () => {
    const { load, read } = await loadBeside('ledger.json', textOf('ledger'));
    expect((await load()).code).toBe(0);
    expect(differencesOfShape(frozen('ledger'), read())).toEqual([]);
    expect(read().groups.visitors).toMatchObject(frozen('ledger').groups.visitors);
  });
});

describe('the checkpoint of an older version', () => {
  it('tells where each mode goes on, and who was sent as new', () => {
    expect(parseState(frozen('checkpoint'), 'here', zone)).toMatchObject({
      new: { at: '2026-01-05 12:00:00.250000', id: '481036337153' },
      updated: { at: '2026-01-06 12:00:00.000000', id: '481036337154' },
      deleted: { at: '2026-01-10', id: '481036337155' },
      sentAsNew: frozen('checkpoint').sent_as_new,
    });
  });

  it('is what this version writes, but for added keys', () => {
    const cursors = parseState(frozen('checkpoint'), 'here', zone);
    expect(stateDocument(cursors, zone)).toMatchObject(frozen('checkpoint'));
  });
});

describe('the state of the original', () => {
  it('tells where each mode goes on', () => {
    expect(parseState(frozen('original-state'), 'here', zone)).toMatchObject({
      new: { at: '2026-01-03 14:12:26.123456', id: '' },
      updated: { at: '2026-01-04 13:00:00.000000', id: '' },
      deleted: { at: '2026-01-05', id: '' },
      sentAsNew: [],
    });
  });

  it('is kept as the original wrote it', () => {
    const cursors = parseState(frozen('original-state'), 'here', zone);
    expect(stateDocument(cursors, zone)).toMatchObject(frozen('original-state'));
  });
});

describe('the lease of an older version', () => {
  it('tells who holds it', () => {
    expect(parseHolder(textOf('lease'))).toMatchObject(frozen('lease'));
  });

  it('has every key in the lease that this version writes', () => {
    const claimant = { token: 'token', host: 'loader-2', pid: 1, isAlive: () => true };
    expect(differencesOfShape(frozen('lease'), JSON.parse(holderText(claimant)))).toEqual([]);
  });

  it('keeps another run away until it ends', async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const { load } = await loadBeside('ledger.json.lease', JSON.stringify({ ...frozen('lease'), until }));
    const { code, stdout } = await load();
    expect([code, JSON.parse(stdout).error.code]).toEqual([75, 'RUN_IN_PROGRESS']);
  });

  it('keeps no run away once it has ended', async () => {
    const until = new Date(Date.now() - 1000).toISOString();
    const { load } = await loadBeside('ledger.json.lease', JSON.stringify({ ...frozen('lease'), until }));
    expect((await load()).code).toBe(0);
  });
});
