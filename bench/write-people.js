import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columns, person, template } from './people.js';

/**
 * Writes a job that loads invented people from a CSV file.
 * @param lines more of its configuration
 * @param changed of how many people, the first ones, the name is another
 */
export function writePeople(folder, size, lines = [], changed = 0) {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const path = join(folder, 'data', 'people.csv');
  let text = `${columns.join(',')}\n`;
  writeFileSync(path, '');
  for (let index = 0; index < size; index += 1) {
    const each = index < changed ? { ...person(index), last: 'Married' } : person(index);
    text += `${Object.values(each)
      .map((value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
      .join(',')}\n`;
    if (text.length > 1 << 20 || index === size - 1) {
      writeFileSync(path, text, { flag: 'a' });
      text = '';
    }
  }
  writeFileSync(join(folder, 'person.xml'), template);
  writeFileSync(
    join(folder, 'patronflow.yaml'),
    [
      'job: load',
      'source: { url: "csv:./data" }',
      'groups: [{ name: people, table: people, person: login, template: person.xml }]',
      'required: [primary_id]',
      'output: { users_per_file: 1000000 }',
      ...(lines.some((line) => line.startsWith('deliver:')) ? [] : ['deliver: { to: "file:./out" }']),
      'log: { level: error }',
      ...lines,
      '',
    ].join('\n'),
  );
}
