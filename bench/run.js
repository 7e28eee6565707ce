// `npm run bench`, or `npm run bench -- backfill simulation`: each in a process of its own, one after the other.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const all = ['load', 'roster', 'feeds', 'poll', 'geo', 'backfill', 'simulation'];
const wanted = process.argv.slice(2).filter((name) => all.includes(name));
const sizes = process.argv.slice(2).filter((name) => !all.includes(name));

for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n${name}\n`);
  const file = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...sizes], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
