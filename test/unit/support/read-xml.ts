import { SaxesParser } from 'saxes';
import { PeopleRegister } from '../../../src/load/people-register.ts';
import { type UserProblem, validateUsers } from '../../../src/load/validate-users.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** Reads XML as any other reader would; throws when it is not well-formed. */
export function readXml(xml: string): XmlElement {
  const parser = new SaxesParser({});
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = {
      name,
      attributes: { ...attributes } as Record<string, string>,
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  if (!root) throw new Error('no element');
  return root;
}

/** All elements at a path below the root, such as `contact_info/emails/email`. */
export function elementsAt(root: XmlElement, path: string): XmlElement[] {
  return path
    .split('/')
    .reduce<XmlElement[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [root],
    );
}

/** The texts of all elements at a path. */
export function textsAt(root: XmlElement, path: string): string[] {
  return elementsAt(root, path).map(({ text }) => text);
}

/** Hands a file over in the given pieces, and collects what the check says of it. */
export async function validate(
  pieces: readonly (string | Buffer)[],
  register: PeopleRegister = new PeopleRegister(false),
  name = 'users.xml',
): Promise<{ users: number; problems: UserProblem[] }> {
  const problems: UserProblem[] = [];
  async function* chunks() {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const users = await validateUsers(
    { name, chunks: chunks(), hasChecksum: false },
    { register, now: new Date('2026-03-01T12:00:00Z'), report: (problem) => problems.push(problem) },
  );
  return { users, problems };
}

/** Problems as `line level: message`. */
export async function problemsOf(xml: string): Promise<string[]> {
  const { problems } = await validate([xml]);
  return problems.map(({ line, level, message }) => `${line} ${level}: ${message}`);
}
