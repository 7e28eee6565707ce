import { SaxesParser } from 'saxes';
import { rootNames } from '../alma/rules.ts';

export interface TemplateAttribute {
  readonly name: string;
  readonly value: string;
}

/** An element of a template as it was written, with references resolved and expressions untouched. */
export interface TemplateElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: readonly TemplateAttribute[];
  readonly children: readonly TemplateElement[];
  readonly text: string;
  readonly textLine: number;
}

/** One thing wrong in a template. */
export interface TemplateProblem {
  readonly line: number;
  readonly message: string;
}

type Growing = { -readonly [Key in keyof TemplateElement]: TemplateElement[Key] } & {
  children: TemplateElement[];
};

/**
 * Reads a template: one `user`, alone or inside `users` or `userRecords`.
 * @param problems is added to; the result is null when the file is not XML or has no user
 */
export function parseTemplate(xml: string, problems: TemplateProblem[]): TemplateElement | null {
  const parser = new SaxesParser({ position: true });
  const open: Growing[] = [];
  let root: Growing | null = null;
  let startLine = 1;
  let broken = false;

  parser.on('error', (error) => {
    // The parser goes on after an error and complains of its consequences; only the first tells something.
    if (!broken)
      problems.push({ line: parser.line, message: `not well-formed XML: ${withoutPosition(error.message)}` });
    broken = true;
  });
  parser.on('opentagstart', () => {
    startLine = parser.line;
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.entries(tag.attributes).map(([name, value]) => ({
      name,
      value: String(value),
    }));
    const element: Growing = {
      name: tag.name,
      line: startLine,
      attributes,
      children: [],
      text: '',
      textLine: parser.line,
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (!element) return;
    // The event comes at the end of the text; an expression on its third line must be reported there. Blanks before the
    // first word are layout, and are left out because a comment may stand between them and the word.
    const added = element.text === '' ? text.trimStart() : text;
    if (element.text === '') element.textLine = parser.line - (added.match(/\n/g)?.length ?? 0);
    element.text += added;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  parser.write(xml.replace(/^\ufeff/, '')).close();
  if (broken || root === null) return null;
  return findUser(root, problems);
}

function findUser(root: TemplateElement, problems: TemplateProblem[]): TemplateElement | null {
  if (root.name === 'user') return root;
  const [user, ...others] = root.children;
  if (root.text.trim() !== '')
    problems.push({ line: root.textLine, message: 'expressions and texts must be inside <user>' });
  if (!rootNames.some((name) => name === root.name)) {
    problems.push({
      line: root.line,
      message: `the root is <${root.name}>; a template must be a <user>, alone or inside <users>`,
    });
    return null;
  }
  if (user?.name !== 'user') {
    problems.push({ line: user?.line ?? root.line, message: `<${root.name}> holds no <user>` });
    return null;
  }
  if (others[0])
    problems.push({
      line: others[0].line,
      message: 'a template holds one <user>; give each group its own file',
    });
  return user;
}

/** saxes puts `line:column: ` before its messages. */
function withoutPosition(message: string): string {
  return message.replace(/^\d+:\d+: /, '');
}
