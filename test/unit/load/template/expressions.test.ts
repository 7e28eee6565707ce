import { describe, expect, it } from 'vitest';
import { around, problemsIn } from '../../support/templates.ts';

const name = (text: string) => around(`<first_name>${text}</first_name>`);
const lookups = { departments: { PHYS: 'A1' } };
const calendars = { terms: [] };

describe('a template with a mistake in an expression is refused with the line', () => {
  it.each([
    [
      'an expression between elements, at its own line',
      '<last_name>{{B}}</last_name>\n\n  {{#if A}}\n<first_name>x</first_name>{{/if}}',
      5,
      'an expression between elements of <user>',
    ],
    [
      'an unknown function, with the nearest name',
      '<last_name>{{uper A}}</last_name>',
      3,
      'no function is called "uper", did you mean "upper"?',
    ],
    [
      'a function named like a property of every object',
      '<last_name>{{constructor A}}</last_name>',
      3,
      'no function is called "constructor"',
    ],
    ['too many arguments', '<last_name>{{upper A B}}</last_name>', 3, 'upper takes 1 argument, not 2'],
    ['too few arguments', '<last_name>{{differs A}}</last_name>', 3, 'differs takes 2 arguments, not 1'],
    [
      'an unknown lookup table, with the nearest name',
      '<last_name>{{lookup "departmens" A}}</last_name>',
      3,
      'no lookup table is called "departmens", did you mean "departments"?',
    ],
    [
      'a lookup table named by a column',
      '<last_name>{{lookup A B}}</last_name>',
      3,
      'the first argument of lookup must be the name of a lookup table, in quotes',
    ],
    [
      'a bad regular expression',
      '<last_name>{{#if (matches A "[1-")}}x{{/if}}</last_name>',
      3,
      '"[1-" is not a regular expression',
    ],
    [
      'brackets that only close because of ours',
      '<last_name>{{#if (matches A "1)|(2")}}x{{/if}}</last_name>',
      3,
      '"1)|(2" is not a regular expression',
    ],
    [
      'a backreference in a pattern',
      '<last_name>{{#if (matches A "(a)\\1")}}x{{/if}}</last_name>',
      3,
      '"(a)\\1" has a backreference, which is not supported: one value could hang the run',
    ],
    [
      'an expression in quotes',
      '<last_name>{{lookup "departments" "{{A}}|{{B}}"}}</last_name>',
      3,
      '"{{A}}|{{B}}" is in quotes, where expressions are not filled; name the column without quotes',
    ],
    [
      'half a month',
      '<last_name>{{months 1.5}}</last_name>',
      3,
      'the first argument of months must be a whole number',
    ],
    [
      'a form of date without a day',
      '<last_name>{{date A "YYYY-MM"}}</last_name>',
      3,
      '"YYYY-MM" is not a date format: a format has year (YYYY or YY), month (MM, M, MON or MONTH) and day (DD or D), once each',
    ],
    [
      'a form of date with two months',
      '<last_name>{{date A "M/D/YYYY" "MM-MON-YY"}}</last_name>',
      3,
      '"MM-MON-YY" is not a date format',
    ],
    ['a form of date in a column', '<last_name>{{date A B}}</last_name>', 3, 'write date formats in quotes'],
    [
      'an unknown calendar, with the nearest name',
      '<last_name>{{term "term" A "end"}}</last_name>',
      3,
      'no calendar is called "term", did you mean "terms"?',
    ],
    [
      'an unknown part of a term',
      '<last_name>{{term "terms" A "last"}}</last_name>',
      3,
      'the third argument of term must be one of "start", "end", "code"',
    ],
    [
      'too many values for a lookup table',
      '<last_name>{{lookup "departments" A B}}</last_name>',
      3,
      'the lookup table "departments" has one column of codes, but lookup got 2 values',
    ],
    [
      'a list in a text',
      '<last_name>{{split A ";"}}</last_name>',
      3,
      'split with two arguments makes a list, for the attribute each; a third argument chooses one part',
    ],
    [
      'a part that is no number',
      '<last_name>{{split A ";" B}}</last_name>',
      3,
      'the third argument of split must be a whole number: 1 is the first, -1 the last',
    ],
    [
      'a pad to nothing',
      '<last_name>{{pad A 0}}</last_name>',
      3,
      'the second argument of pad must be a length',
    ],
    [
      'a pad of two',
      '<last_name>{{pad A 9 "ab"}}</last_name>',
      3,
      'the third argument of pad must be one character',
    ],
    [
      'a bad regular expression to replace',
      '<last_name>{{replace A "(" ""}}</last_name>',
      3,
      '"(" is not a regular expression',
    ],
    [
      'brackets that a pattern does not have',
      '<last_name>{{replace A "(a)b" "$1$2"}}</last_name>',
      3,
      '"$2" refers to a group that "(a)b" does not have',
    ],
    ['this without a list', '<last_name>{{upper this}}</last_name>', 3, '"this" is not a column'],
    [
      'a written date that cannot be read',
      '<birth_date>{{date "soon"}}</birth_date>',
      3,
      'date fails for every person: a date that cannot be read',
    ],
    ['this', '<last_name>{{this}}</last_name>', 3, '"this" is not a column'],
    ['a column of this', '<last_name>{{this.A}}</last_name>', 3, '"this.A" is not a column'],
    ['the root', '<last_name>{{@root.A}}</last_name>', 3, '"@root.A" is not a column'],
    ['what is above', '<last_name>{{upper ../A}}</last_name>', 3, '"../A" is not a column'],
    ['a path', '<last_name>{{A.B}}</last_name>', 3, '"A.B" is not a column'],
    [
      '__proto__, under which no object keeps a value',
      '<last_name>{{__proto__}}</last_name>',
      3,
      '"__proto__" is not a column',
    ],
    ['an unknown block', '<last_name>{{#with A}}x{{/with}}</last_name>', 3, '{{#with}} is not known'],
    [
      'each',
      '<last_name>{{#each A}}x{{/each}}</last_name>',
      3,
      '{{#each}} is not known; an element is repeated by',
    ],
    [
      'an inverted block that is not known',
      '<last_name>{{^each A}}x{{/each}}</last_name>',
      3,
      '{{#each}} is not known',
    ],
    [
      'a partial',
      '<last_name>{{> other}}</last_name>',
      3,
      'only columns, functions, {{#if}} and {{#unless}} are allowed in an expression',
    ],
    [
      'an inline partial',
      '<last_name>{{#*inline "x"}}y{{/inline}}</last_name>',
      3,
      'only columns, functions',
    ],
    [
      'name=value',
      '<last_name>{{upper A b=C}}</last_name>',
      3,
      'name=value is not understood in an expression',
    ],
    [
      'name=value in a block',
      '<last_name>{{#if A includeZero=(lookup B)}}x{{/if}}</last_name>',
      3,
      '{{#if}} takes one condition',
    ],
    [
      'names for a block',
      '<last_name>{{#if A as |b|}}{{b}}{{/if}}</last_name>',
      3,
      '{{#if}} takes one condition',
    ],
    ['two conditions', '<last_name>{{#if A B}}x{{/if}}</last_name>', 3, '{{#if}} takes one condition'],
    [
      'a block that is not closed, at its own line',
      '<last_name>x\n\n{{#if A}}</last_name>',
      5,
      'an expression that cannot be read: ',
    ],
    [
      'a block closed by another word',
      '<last_name>\n{{#if A}}x{{/unless}}</last_name>',
      4,
      'an expression that cannot be read: ',
    ],
    [
      'an expression in an attribute',
      '<last_name>{{A}}</last_name>\n<user_group desc="{{uper A}}">{{A}}</user_group>',
      4,
      'no function is called "uper"',
    ],
  ])('%s', (_, body, line, message) => {
    const problems = problemsIn(around(body), { lookups, calendars });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`line ${line}: ${message}`);
  });

  it('on the third line of a text', () => {
    expect(problemsIn(name('{{A}}\n{{#if B}}x{{/if}}\n{{uper C}}'))).toEqual([
      '  - line 5: no function is called "uper", did you mean "upper"?',
    ]);
  });

  it('behind blank lines and a comment of several lines', () => {
    expect(problemsIn(name('\n\n<!-- a\ncomment -->\n  {{uper C}}'))).toEqual([
      '  - line 7: no function is called "uper", did you mean "upper"?',
    ]);
  });

  it('in a file with the line ends of Windows', () => {
    expect(problemsIn(name('{{A}}\n{{uper C}}').replaceAll('\n', '\r\n'))).toEqual([
      '  - line 4: no function is called "uper", did you mean "upper"?',
    ]);
  });
});
