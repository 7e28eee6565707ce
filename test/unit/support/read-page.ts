import { readXml, type XmlElement } from './read-xml.ts';

/** The page as a tree; it is XML but for its first line and its empty elements. */
export function readPage(html: string): XmlElement {
  return readXml(html.replace('<!doctype html>\n', '').replace(/<meta ([^>]*)>/g, '<meta $1/>'));
}

/** All elements of a name, in order. */
export function all(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

/** An element's own text, and then that of its children. */
export function textOf(element: XmlElement): string {
  return element.text + element.children.map((child) => textOf(child)).join('');
}

/** The rows of the first table that has a heading, as texts. */
export function rowsUnder(heading: string, html: string): string[][] {
  const section = all(readPage(html), 'section').find(
    ({ children: [first] }) => first && textOf(first) === heading,
  );
  const [body] = section ? all(section, 'tbody') : [];
  return body ? all(body, 'tr').map((row) => row.children.map(textOf)) : [];
}

/** The headings of the page's parts. */
export function headings(html: string): string[] {
  return all(readPage(html), 'h2').map(textOf);
}
