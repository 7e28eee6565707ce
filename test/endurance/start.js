// `npm run test:endurance -- --people 100000 --patrons 100000 --runs 20`: hands the sizes to the tests.
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const options = {
  people: { type: 'string', default: '1000000' },
  patrons: { type: 'string', default: '1000000' },
  runs: { type: 'string', default: '50' },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const sizes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
for (const [name, size] of Object.entries(sizes)) {
  if (!Number.isInteger(size) || size < 1) throw new Error(`--${name} is not a whole number above 0.`);
}
const config = 'test/endurance/vitest.config.ts';
const vitest = await startVitest('test', positionals, { config, watch: false, provide: { sizes } });
await vitest.close();
