import { describe, expect, it } from 'vitest';
import { userRule } from '../../../../src/load/alma/rules.ts';
import { hasSchema } from '../../support/schema.ts';
import { shapesOfRules, shapesOfSchema } from '../../support/shape.ts';

interface Deviation {
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
  readonly because: string;
}

const newer = (ours: string): Deviation => ({
  ours,
  theirs: undefined,
  because: 'users that Alma exports today have it, and this edition of the schema is from 2021',
});

const required = (because: string): Deviation => ({ ours: 'required', theirs: undefined, because });

/** Where we ask for more or less than the schema, on purpose. */
const deviations: Readonly<Record<string, Deviation>> = {
  'user/primary_id!': required('Alma would make a name up, and the next run could not find the user again'),
  'user/contact_info/addresses/address/line1!': required('Alma does not load an address without it'),
  'user/user_notes/user_note/note_text!': required('called mandatory where the schema describes it'),
  'user/proxy_for_users/proxy_for_user/primary_id!': required('a proxy without an id names no user'),
  'user/rs_libraries/rs_library/code!': required('a library that is not named is none'),
  'user/library_notices/library_notice/code!': required('a notice that is not named is none'),
  'user/library_notices/library_notice/value!': required('a notice is on or off'),
  'user/user_notes/user_note/note_owner': newer('string 255'),
  'user/user_notes/user_note/note_owner@desc': newer('string 4000'),
  'user/user_blocks/user_block/block_owner': newer('string 255'),
  'user/user_blocks/user_block/block_owner@desc': newer('string 4000'),
  'user/user_statistics/user_statistic/statistic_owner': newer('string 255'),
  'user/user_statistics/user_statistic/statistic_owner@desc': newer('string 4000'),
  'user/proxy_for_users/proxy_for_user/proxy_type': newer('string 255'),
  'user/proxy_for_users/proxy_for_user/proxy_type@desc': newer('string 4000'),
  'user/proxy_for_users/proxy_for_user': {
    ours: 'in order: primary_id, full_name, proxy_type',
    theirs: 'in order: primary_id, full_name',
    because: 'of proxy_type, which is newer',
  },
  'user/researcher/researcher_engagement_types': {
    ours: 'list of researcher_engagement_type',
    theirs: 'list of researcher_engagement_type, at max 5',
    because: 'only Esploro has it; no load of patrons comes near five',
  },
};

describe.skipIf(!hasSchema)('our rules, compared with the schema of Ex Libris', () => {
  it('differ only where they are meant to', () => {
    const ours = shapesOfRules(userRule);
    const theirs = shapesOfSchema();
    const differences = [...new Set([...ours.keys(), ...theirs.keys()])]
      .filter((path) => ours.get(path) !== theirs.get(path))
      .map((path) => [path, { ours: ours.get(path), theirs: theirs.get(path), because: expect.anything() }]);
    expect(deviations).toEqual(Object.fromEntries(differences));
    expect(theirs.size).toBeGreaterThan(250);
  });
});
