import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileSchema } from '../../../src/adapters/schemas/file.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';

describe('the schema from a file', () => {
  it('says that there is none, and which', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'no-such.avsc');
    const error = await failureOf(createFileSchema({ path }).check(never));

    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toContain(path);
    expect(await failureOf(createFileSchema({ path: directory }).load(never))).toMatchObject({
      code: 'CONFIG_UNREADABLE',
    });
  });

  const withType = (type: string) =>
    JSON.stringify({ type: 'record', name: 'PatronInfo', fields: [{ name: 'patron_id', type }] });

  it.each([
    ['is no JSON', 'type: record', 'it is not JSON.'],
    ['is a page in an envelope', '{"data":{"schema":"<html>"}}', 'it is not JSON.'],
    ['is of no record', '{"type":"array","items":"string"}', 'it is of type array.'],
    ['has a type that there is not', withType('strin'), 'undefined type name: strin.'],
    ['would turn a terminal around', withType('\u202ered'), 'invalid name: "\\u202ered".'],
    ['has a name without end', withType('x'.repeat(5000)), `${'x'.repeat(100)}`],
  ])('is refused, and why is said, where it %s', async (_, text, why) => {
    const path = join(await temporaryDirectory(), 'patron-info.avsc');
    await writeFile(path, text);
    const error = await failureOf(createFileSchema({ path }).load(never));
    expect(error).toMatchObject({ code: 'SCHEMA_UNFIT' });
    expect(error.message).toContain(`What ${path} holds is not an Avro schema of a record: `);
    expect(error.message).toContain(why);
    expect(error.message.length).toBeLessThan(path.length + 300);
  });
});
