import type { ElementRule } from '../../../src/load/alma/rules.ts';
import { readXml, type XmlElement } from './read-xml.ts';
import { schemaText } from './schema.ts';

/** What may stand at each path below `user`, in words that can be compared: `string 255`, `list of email`. */
export type Shapes = Map<string, string>;

/** The shapes of our rules. */
export function shapesOfRules(rule: ElementRule, path = 'user', shapes: Shapes = new Map()): Shapes {
  if (rule.kind === 'list') {
    shapes.set(path, `list of ${rule.item}`);
    return shapesOfRules(rule.rule, `${path}/${rule.item}`, shapes);
  }
  for (const [name, { type, max }] of Object.entries(rule.attributes))
    shapes.set(`${path}@${name}`, words(type, max));
  if (rule.kind === 'field') return shapes.set(path, words(rule.type, rule.max));
  shapes.set(path, rule.ordered ? `in order: ${Object.keys(rule.children).join(', ')}` : 'in any order');
  for (const [name, child] of Object.entries(rule.children)) {
    if (rule.required.includes(name)) shapes.set(`${path}/${name}!`, 'required');
    shapesOfRules(child, `${path}/${name}`, shapes);
  }
  return shapes;
}

/** The shapes of Ex Libris' schema. */
export function shapesOfSchema(): Shapes {
  const definitions = ['rest_user.xsd', 'rest_researcher.xsd'].flatMap(
    (name) => readXml(schemaText(name)).children,
  );
  const shapes: Shapes = new Map();
  const named = (name: string) => {
    const found = definitions.find((each) => /Type$/.test(each.name) && each.attributes.name === name);
    if (!found) throw new Error(`the schema lacks the type ${name}`);
    return found;
  };

  /** `xs:int` -> `int`, `string50Length` -> `string 50`. */
  const simple = (name: string): string => {
    if (name.startsWith('xs:')) return name.slice(3);
    const length = all(named(name), 'xs:maxLength')[0]?.attributes.value;
    return words('string', Number(length));
  };
  const attributes = (within: XmlElement, path: string) => {
    for (const { attributes: of } of within.children.filter((child) => child.name === 'xs:attribute'))
      shapes.set(`${path}@${of.name}`, simple(of.type ?? ''));
  };

  const element = (declared: XmlElement, path: string): void => {
    const { type } = declared.attributes;
    const complex =
      type === undefined
        ? declared.children.find(({ name }) => name === 'xs:complexType')
        : definitions.find((each) => each.name === 'xs:complexType' && each.attributes.name === type);
    if (!complex) return void shapes.set(path, simple(type ?? ''));
    const extension = complex.children.find(({ name }) => name === 'xs:simpleContent')?.children[0];
    if (extension) {
      attributes(extension, path);
      return void shapes.set(path, simple(extension.attributes.base ?? ''));
    }
    const content = complex.children.find(({ name }) => name === 'xs:all' || name === 'xs:sequence');
    const children = content?.children.filter(({ name }) => name === 'xs:element') ?? [];
    const [only] = children;
    const max = only?.attributes.maxOccurs ?? '1';
    if (only && children.length === 1 && max !== '1') {
      const limit = max === 'unbounded' ? '' : `, at max ${max}`;
      shapes.set(path, `list of ${only.attributes.name}${limit}`);
      return element(only, `${path}/${only.attributes.name}`);
    }
    attributes(complex, path);
    const names = children.map(({ attributes: of }) => of.name);
    // One child has no order in any wrapping.
    const isOrdered = content?.name === 'xs:sequence' && names.length > 1;
    shapes.set(path, isOrdered ? `in order: ${names.join(', ')}` : 'in any order');
    for (const child of children) {
      const childPath = `${path}/${child.attributes.name}`;
      if (child.attributes.minOccurs !== '0') shapes.set(`${childPath}!`, 'required');
      element(child, childPath);
    }
  };
  element({ name: 'xs:element', attributes: { type: 'user' }, children: [], text: '' }, 'user');
  return shapes;
}

const words = (type: string, max: number | undefined): string =>
  max === undefined ? type : `${type} ${max}`;

function all(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}
