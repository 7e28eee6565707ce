import { SaxesParser } from 'saxes';

/** An element of a finished user; its text as it stands, for blanks around a value are the value's. */
export interface UserElement {
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly children: readonly UserElement[];
  readonly text: string;
}

type Growing = UserElement & { readonly children: UserElement[]; text: string };

/** Reads a user, alone or the first inside another element; null for what is not XML, or has none. */
export function readUser(xml: string): UserElement | null {
  const parser = new SaxesParser({});
  const open: Growing[] = [];
  let user: UserElement | null = null;
  let isBroken = false;
  parser.on('error', () => {
    isBroken = true;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const pairs = Object.entries(attributes).map(([key, value]) => ({ name: key, value: String(value) }));
    const element: Growing = { name, attributes: pairs, children: [], text: '' };
    open.at(-1)?.children.push(element);
    if (name === 'user') user ??= element;
    open.push(element);
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => open.pop());
  parser.write(xml.replace(/^\ufeff/, '')).close();
  return isBroken ? null : user;
}
