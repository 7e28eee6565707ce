// `npm run bench`: the second night of a load that keeps a roster, beside the same load that keeps none. One in a hundred people has
// changed. Each is a process of its own, one after the other.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measured, runLoad } from './measure.js';
import { writePeople } from './write-people.js';

const self = fileURLToPath(import.meta.url);
const [mode, directory] = process.argv.slice(2);

const rosters = {
  'without a roster': [],
  'with a roster': ['roster: beside'],
  'with a roster, changed users': ['roster: beside'],
};

if (mode === 'load') await measured(() => runLoad(directory, '--now', '2026-03-02T12:00:00Z').then(() => 0));
else await compare();

async function compare() {
  const sizes = mode ? [Number(mode)] : [100_000, 1_000_000];
  console.log('people     what                            seconds   peak MB   of without   roster MB');
  for (const size of sizes) {
    let without = null;
    for (const [what, lines] of Object.entries(rosters)) {
      const folder = mkdtempSync(join(tmpdir(), 'patronflow-bench-'));
      try {
        writePeople(folder, size, lines);
        await runLoad(folder, '--now', '2026-03-01T12:00:00Z');
        const deliver = 'deliver: { to: "file:./out", what: changed }';
        writePeople(folder, size, what.endsWith('changed users') ? [...lines, deliver] : lines, size / 100);
        const run = child(folder);
        without ??= run;
        line(size, what, run, without, rosterBytes(folder));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
}

function line(size, what, run, without, roster) {
  const share = `${Math.round((run.seconds / without.seconds) * 100)} %`;
  console.log(
    `${String(size).padEnd(10)} ${what.padEnd(30)} ${run.seconds.toFixed(1).padStart(8)} ${String(run.megabytes).padStart(9)} ${share.padStart(12)} ${(roster / 1e6).toFixed(1).padStart(11)}`,
  );
}

function child(folder) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, 'load', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function rosterBytes(folder) {
  return statSync(join(folder, 'out-ledger', 'ledger-roster.jsonl.gz'), { throwIfNoEntry: false })?.size ?? 0;
}
