// Writes docs/configuration.md, schema/patronflow-<job>.schema.json and the starters' lists of URLs from the configurations'
// schemas and the registries of adapters.
// `--check` writes nothing and fails when a file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { checkpoints } from '../dist/adapters/checkpoints/index.js';
import { mailers } from '../dist/adapters/mail/index.js';
import { objectStores } from '../dist/adapters/objects/index.js';
import { recordSinks } from '../dist/adapters/records/index.js';
import { rowSources } from '../dist/adapters/rows/index.js';
import { loadSchema } from '../dist/config/load-schema.js';
import { pollSchema } from '../dist/config/poll-schema.js';

const zodSchemas = { load: loadSchema, poll: pollSchema };
const schemas = Object.fromEntries(
  Object.entries(zodSchemas).map(([job, schema]) => [job, jsonSchema(job, schema)]),
);

function jsonSchema(job, schema) {
  const json = completed(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }),
  );
  json.$id = `patronflow-${job}.schema.json`;
  json.title = `Configuration of patronflow ${job}`;
  return json;
}

/**
 * What may be written, with the types, limits and defaults of what it becomes: of a number that may come from a
 * variable as text the former says nothing.
 */
function completed(input, output) {
  if (output === undefined || typeof input !== 'object') return input;
  const says = ['type', 'anyOf', 'oneOf', 'const', 'enum', '$ref'].some((key) => key in input);
  const { required: _required, ...rest } = output;
  const merged = says
    ? { ...(output.default !== undefined && { default: output.default }), ...input }
    : { ...rest, ...input };
  const children = (node) => Object.entries(node ?? {});
  return {
    ...merged,
    ...(input.properties && {
      properties: Object.fromEntries(
        children(input.properties).map(([key, child]) => [key, completed(child, output.properties?.[key])]),
      ),
    }),
    ...(input.items && { items: completed(input.items, output.items) }),
    ...(typeof input.additionalProperties === 'object' && {
      additionalProperties: completed(input.additionalProperties, output.additionalProperties),
    }),
    ...Object.fromEntries(
      ['anyOf', 'oneOf']
        .filter((key) => input[key])
        .map((key) => [key, input[key].map((each, index) => completed(each, output[key]?.[index]))]),
    ),
  };
}

/** One row a key, nested keys joined by dots. One of several kinds is told apart by a key that has one value: `[via: census]`. */
function rowsOf(node, path = '') {
  const kinds = (node.oneOf ?? []).map((each) => [each, `[${kindOf(each)}]`]);
  const objects = [[node, ''], ...(node.anyOf ?? []).map((each) => [each, '']), ...kinds];
  return objects.flatMap(([object, kind]) =>
    Object.entries(object.properties ?? {}).flatMap(([key, child]) => {
      const at = path.endsWith('[]') && kind ? path.slice(0, -2) + kind : path;
      const place = at === '' ? key : `${at}.${key}`;
      const item =
        child.items ?? (typeof child.additionalProperties === 'object' ? child.additionalProperties : null);
      const itemPlace = child.items ? `${place}[]` : `${place}.<name>`;
      const isRequired = (object.required ?? []).includes(key);
      const own = child.description || isRequired ? [rowOf(place, child, isRequired)] : [];
      return [...own, ...rowsOf(child, place), ...(item ? rowsOf(item, itemPlace) : [])];
    }),
  );
}

function kindOf({ properties = {} }) {
  const [key, { const: value }] = Object.entries(properties).find(([, each]) => each.const !== undefined) ?? [
    '',
    {},
  ];
  return `${key}: ${value}`;
}

function rowOf(place, node, isRequired) {
  const values = node.enum ? node.enum.map((value) => `\`${value}\``).join(', ') : '';
  const given = node.default;
  const fallback = Array.isArray(given) ? given.join(', ') : given;
  const isShown = fallback !== undefined && fallback !== '' && typeof fallback !== 'object';
  const standard = isShown ? `\`${fallback}\`` : isRequired ? '**required**' : '';
  const description = (node.description ?? '').replaceAll('|', '\\|');
  return `| \`${place}\` | ${standard} | ${description}${values && !/`/.test(description) ? ` One of ${values}.` : ''} |`;
}

const page = `# Configuration

<!-- Generated from the schema by \`npm run fix\`; do not edit. -->

One YAML file per job, \`patronflow.yaml\` unless \`--config\` names another one or a preset (\`--config preset:patronload\`).
\`patronflow check\` validates it and tries every part. Every problem is reported at once, with its line; unknown keys
are refused. Editors complete keys with a first line of
\`# yaml-language-server: $schema=node_modules/patronflow/schema/patronflow-load.schema.json\`
(or \`patronflow-poll.schema.json\`).

## Variables

\`\${NAME}\` takes the value of an environment variable, \`\${NAME:-default}\` has a default, \`\${NAME.KEY}\` takes a key of a
variable that holds a JSON object, and defaults nest: \`\${A:-\${B:-c}}\`. A variable that is set to nothing counts as not
set. \`$\${\` stands for \`\${\`. A line whose value comes out empty counts as not there. \`--env-file FILE\` adds
variables under the environment: \`NAME=value\` lines, or YAML with \`PLAINTEXT_VARIABLES\` and \`ENCRYPTED_VARIABLES\`
(base64, decrypted with AWS KMS). Secrets belong into variables: they are replaced by \`***\` wherever they
would appear in a log or a message.

## Paths

A relative path in the file is relative to the file, so that a job runs the same from cron and from a shell; one that
comes from a variable or the command line is relative to the working directory. That holds for \`csv:\` and \`file:\` too.

${Object.entries(schemas).map(keysOf).join('\n')}`;

function keysOf([job, schema]) {
  return `## Keys of a ${job} job

| Key | Default | What it is |
| --- | --- | --- |
${rowsOf(schema).join('\n')}
`;
}

/** Comments of the starters that list what a port takes. */
const urlComments = {
  Source: rowSources,
  Delivery: objectStores,
  Mail: mailers,
  Record: recordSinks,
  Checkpoint: checkpoints,
};

function withUrls(path) {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  return text.replace(
    /^( *# (\w+) URLs:).*$/gm,
    (_line, start, port) => `${start} ${urlComments[port].forms}`,
  );
}

const files = {
  'docs/configuration.md': page,
  ...Object.fromEntries(
    ['starter', 'poll-starter'].map((name) => {
      const path = `presets/${name}/patronflow.yaml`;
      return [path, withUrls(path)];
    }),
  ),
  ...Object.fromEntries(
    Object.entries(schemas).map(([job, schema]) => [
      `schema/patronflow-${job}.schema.json`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  ),
};
let stale = 0;
for (const [path, content] of Object.entries(files)) {
  const url = new URL(`../${path}`, import.meta.url);
  let present = '';
  try {
    present = readFileSync(url, 'utf8');
  } catch {}
  if (present === content) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${path} is stale; run npm run fix.`);
  else writeFileSync(url, content);
}
if (process.argv.includes('--check')) process.exitCode = stale > 0 ? 1 : 0;
