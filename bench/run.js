// `npm run bench`, or `npm run bench -- backfill simulation`: each in a process of its own, one after the other. Without names all but these
// two, which take twenty minutes each.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const usual = ['load', 'roster', 'feeds', 'poll', 'geo'];
const all = [...usual, 'backfill', 'simulation'];
const wanted = process.argv.slice(2).filter((name) => all.includes(name));
const sizes = process.argv.slice(2).filter((name) => !all.includes(name));

for (const name of wanted.length > 0 ? wanted : usual) {
  console.log(`\n${name}\n`);
  const file = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...sizes], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
