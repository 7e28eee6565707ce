// Runs on Node's thread for module hooks; https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const watch = new URL('./watched-port.js', import.meta.url).href;
const mark = '?watched';

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const isListed = /\/dist\/adapters\/[a-z-]+\/index\.js$/.test(context.parentURL ?? '');
  return isListed && specifier.startsWith('./') ? { ...found, url: found.url + mark } : found;
}

export async function load(url, context, next) {
  if (!url.endsWith(mark)) return next(url, context);
  const real = url.slice(0, -mark.length);
  // `objects/s3.js` is an adapter of the port `objects`.
  const port = basename(dirname(real));
  const text = await readFile(new URL(real), 'utf8');
  const descriptors = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  const source = [
    `import * as adapter from ${JSON.stringify(real)};`,
    `import { describedAs } from ${JSON.stringify(watch)};`,
    ...descriptors.map((name) => `export const ${name} = describedAs('${port}', adapter.${name});`),
  ];
  return { format: 'module', source: source.join('\n'), shortCircuit: true };
}
