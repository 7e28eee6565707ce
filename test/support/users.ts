import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';

/** An element as a reader sees it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

/** The users of a file, with elements that hold nothing left out, as Alma treats them. */
export function usersOf(xml: string): readonly Element[] {
  const parser = new SaxesParser();
  const open: (Element & { text: string; children: Element[] })[] = [];
  let users: readonly Element[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    open.push({ name, attributes: attributes as Record<string, string>, text: '', children: [] });
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    const element = open.pop();
    if (!element) return;
    if (element.children.length > 0 || element.text.trim() === '') element.text = element.text.trim();
    const parent = open.at(-1);
    if (!parent) users = element.children;
    else if (element.text !== '' || element.children.length > 0) parent.children.push(element);
  });
  parser.write(xml).close();
  return users;
}

/** The elements of a user at a path, such as `contact_info/phones/phone`. */
export function at(user: Element, path: string): readonly Element[] {
  return path
    .split('/')
    .reduce<readonly Element[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [user],
    );
}

/** The text of the first element at a path; null without one. */
export function textAt(user: Element, path: string): string | null {
  return at(user, path)[0]?.text ?? null;
}

export function without(user: Element, names: readonly string[]): Element {
  return {
    ...user,
    children: user.children.filter(({ name }) => !names.includes(name)).map((child) => without(child, names)),
  };
}

/** Names and texts of the files in a zip. */
export async function unzip(path: string): Promise<Readonly<Record<string, string>>> {
  const zip = await yauzl.openPromise(path);
  const files: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files[entry.fileName] = Buffer.concat(chunks).toString();
  }
  return files;
}

/** The users in a group's zip of a directory. */
export async function deliveredUsers(directory: string, group: string): Promise<readonly Element[]> {
  const names = readdirSync(directory).filter(
    (name) => name.startsWith(`${group}_`) && name.endsWith('.zip'),
  );
  if (names.length !== 1) throw new Error(`${names.length} zips of ${group}`);
  return Object.values(await unzip(join(directory, names[0] ?? ''))).flatMap(usersOf);
}
