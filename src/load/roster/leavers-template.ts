import { userRule } from '../alma/rules.ts';
import type { RunFacts } from '../template/functions/expression-function.ts';
import type { TemplateElement, TemplateProblem } from '../template/parse.ts';
import { compileTemplate, type UserTemplate } from '../template/user-template.ts';

/** What the expressions of a template of leavers may name. */
export const leaverColumns = [
  'primary_id',
  /** Group of the job that had the user last. */
  'group',
  'user_group',
  /** Day of the last delivery with the user, `YYYY-MM-DD`. */
  'last_day',
  /** First day on which the user was missing. */
  'gone_day',
  /** The dates as they were sent last; '' where there was none. */
  'sent_expiry_date',
  'sent_purge_date',
] as const;

/** Lists of which a leaver may get more items. All others stay as they were sent. */
const addedLists: readonly string[] = ['user_notes', 'user_blocks', 'user_statistics'];

export const isAddedList = (name: string): boolean => addedLists.includes(name);

/**
 * Compiles a template of leavers: a `user` with nothing but the elements that change. It is laid over the user that was sent
 * last, because Alma takes away what a synchronise leaves out.
 * @throws PatronflowError TEMPLATE_INVALID
 */
export function compileLeaversTemplate(file: string, xml: string, run: RunFacts): UserTemplate {
  return compileTemplate(file, xml, run, { required: [], allowed: {} }, { prepare, columns: leaverColumns });
}

function prepare(user: TemplateElement, problems: TemplateProblem[]): TemplateElement {
  checkChildren(user, problems);
  return { ...user, children: [primaryId(user.line), ...user.children] };
}

/** Alma knows the user by it; it is the one that was sent. */
function primaryId(line: number): TemplateElement {
  return { name: 'primary_id', line, attributes: [], children: [], text: '{{primary_id}}', textLine: line };
}

function checkChildren({ children }: TemplateElement, problems: TemplateProblem[]): void {
  for (const { name, line } of children) {
    const rule = userRule.children[name];
    // The compiler tells of elements that Alma does not know.
    if (!rule || (name !== 'primary_id' && (rule.kind === 'field' || isAddedList(name)))) continue;
    const message =
      name === 'primary_id'
        ? 'remove <primary_id>; a leaver keeps the one that was sent'
        : `<${name}> stays as it was sent; of lists only ${addedLists.join(', ')} can be added to`;
    problems.push({ line, message });
  }
}
