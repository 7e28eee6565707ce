import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../../src/core/errors.ts';
import { around, compile, problemsIn } from '../../support/templates.ts';

describe('the error of a template', () => {
  it('names the file and every problem at once', () => {
    const xml = around('<frist_name/>\n<last_name>{{uper A}}</last_name>\n<status desk="x">{{B}}</status>');
    expect(() => compile(xml)).toThrow(PatronflowError);
    expect(() => compile(xml)).toThrow(
      [
        'The template people.xml has 3 problems:',
        '  - line 3: <user> has no <frist_name>, did you mean "first_name"?',
        '  - line 4: no function is called "uper", did you mean "upper"?',
        '  - line 5: <status> has no attribute desk, did you mean "desc"?',
      ].join('\n'),
    );
  });

  it('does not come for a template with all that is allowed', () => {
    const xml = `\ufeff<?xml version="1.0"?>
<!DOCTYPE users>
<users><user link="{{L}}"><primary_id><![CDATA[{{A}}]]></primary_id>
<last_name>{{! said }}{{^if (matches [odd name] "x")}}{{constructor}}{{/if}}{{#unless B}}1{{else if D}}2{{else}}
{{{C}}}{{/unless}}</last_name>
</user></users>`;
    expect(problemsIn(xml)).toEqual([]);
    expect(
      compile(xml)
        .columns.map(({ name, line }) => `${name} ${line}`)
        .sort(),
    ).toEqual(['A 3', 'B 4', 'C 5', 'D 4', 'L 3', 'constructor 4', 'odd name 4']);
  });
});
