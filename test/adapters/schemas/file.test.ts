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
});
