import { PatronflowError } from '../core/errors.ts';
import type { GroupRule } from './apply-rules.ts';
import { compileExpressions } from './template/expressions.ts';
import type { RunFacts } from './template/functions/expression-function.ts';
import type { TemplateProblem } from './template/parse.ts';

/** The rules of a group as they are configured: expressions by their names. */
export interface WrittenRules {
  readonly name: string;
  readonly only_if: Readonly<Record<string, string>>;
  readonly skip_if: Readonly<Record<string, string>>;
}

/**
 * @throws PatronflowError CONFIG_INVALID that names each rule that cannot be read, or that says the same of every row
 */
export function compileRules(
  { name: group, only_if, skip_if }: WrittenRules,
  run: RunFacts,
): readonly GroupRule[] {
  const problems: string[] = [];
  const compile = (key: string, written: Readonly<Record<string, string>>, skipsWhen: boolean) =>
    Object.entries(written).flatMap(([name, text]): GroupRule[] => {
      const place = `${key} ${name}`;
      const found: TemplateProblem[] = [];
      const compiled = compileExpressions(text, 1, run, found);
      problems.push(...found.map(({ message }) => `  - ${place}: ${message}`));
      if (typeof compiled !== 'string') {
        const { columns, fill } = compiled;
        const rule = skipsWhen ? name : `not ${name}`;
        return [{ name: rule, place, skipsWhen, columns, holds: (values) => isTrue(fill(values)) }];
      }
      if (found.length === 0)
        problems.push(`  - ${place}: names no column, so it says the same of every row`);
      return [];
    });
  const rules = [...compile('only_if', only_if, false), ...compile('skip_if', skip_if, true)];
  if (problems.length === 0) return rules;
  throw new PatronflowError('CONFIG_INVALID', [`The rules of group ${group} cannot be read:`, ...problems], {
    hint: 'docs/templates.md describes expressions; docs/feeds.md has examples of rules.',
  });
}

/** As `{{#if}}` sees it, and without the word that a condition has for no. */
function isTrue(text: string): boolean {
  const trimmed = text.trim();
  return trimmed !== '' && trimmed !== 'false';
}
