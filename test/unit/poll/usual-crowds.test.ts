import { describe, expect, it } from 'vitest';
import { type Crowds, noCrowds } from '../../../src/poll/count-crowds.ts';
import { crowdWarning } from '../../../src/poll/crowd-texts.ts';
import { changeOfCrowds, type UsualCrowds, usualWith } from '../../../src/poll/usual-crowds.ts';

const crowds = (
  records: number,
  alone: number,
  fields: Crowds['fields'] = ['geoid', 'ptype_code'],
): Crowds => ({
  ...noCrowds,
  ...{ records, alone, few: alone, fields },
});
/** Runs one after the other. @returns what each is warned of */
const changes = (...runs: Crowds[]) => {
  let usual: UsualCrowds | null = null;
  return runs.map((run) => {
    const change = changeOfCrowds(usual, run);
    usual = usualWith(usual, run);
    return change;
  });
};

describe('records that can be recognised', () => {
  it('are a warning once, and not every day', () => {
    expect(changes(crowds(1000, 980), crowds(1100, 1050), crowds(990, 985))).toEqual(['first', null, null]);
  });

  it('are none where all are in crowds, or no record was sent', () => {
    expect(changes(crowds(1000, 0), noCrowds)).toEqual([null, null]);
  });

  it('are a warning again when the records tell more, and not when they tell less', () => {
    const more = crowds(1000, 990, ['geoid', 'ptype_code', 'creation_date_et']);
    expect(changes(crowds(1000, 400), more, more, crowds(1000, 400))).toEqual([
      'first',
      'more_fields',
      null,
      null,
    ]);
  });

  it('are a warning again when many more are alone than in runs of the size', () => {
    expect(changes(crowds(1000, 400), crowds(1000, 640), crowds(1000, 900))).toEqual([
      'first',
      null,
      'more_alone',
    ]);
  });

  it('are compared with runs of about their size: of fewer records more are alone', () => {
    expect(changes(crowds(100_000, 5000), crowds(1000, 700), crowds(300, 290), crowds(1000, 720))).toEqual([
      'first',
      null,
      null,
      null,
    ]);
  });

  it('say nothing of a share in small runs', () => {
    expect(changes(crowds(190, 40), crowds(200, 50), crowds(190, 190), crowds(3, 3))).toEqual([
      null,
      'first',
      null,
      null,
    ]);
  });

  it('are kept as what is usual only where that moves', () => {
    const usual = usualWith(null, crowds(1000, 400));
    expect(usual).toEqual({ fields: ['geoid', 'ptype_code'], alone: { 512: 0.4 } });
    expect(usualWith(usual, crowds(1001, 401))).toBe(usual);
    expect(usualWith(usual, crowds(10, 10))).toBe(usual);
    expect(usualWith(usual, noCrowds)).toBe(usual);
    expect(usualWith(usual, crowds(2000, 500))).toMatchObject({ alone: { 512: 0.4, 1024: 0.25 } });
  });

  it('are told in a sentence', () => {
    expect(crowdWarning('more_alone', crowds(1000, 900))).toBe(
      'More records than usual are unique in their combination of values: 90.0 % of 1,000. docs/privacy.md says what that means.',
    );
  });
});
