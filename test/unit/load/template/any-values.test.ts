import fc from 'fast-check';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import {
  type AttributeRule,
  type ElementRule,
  type FieldRule,
  type PartRule,
  userRule,
  type ValueType,
} from '../../../../src/load/alma/rules.ts';
import { cleaned, hostileValue, stripped } from '../../support/hostile-values.ts';
import { readXml, validate, type XmlElement } from '../../support/read-xml.ts';
import { schemaErrors } from '../../support/schema.ts';
import { compile } from '../../support/templates.ts';

/** What stands in fields that no text fits, the same for everybody. */
const written: Readonly<Record<Exclude<ValueType, 'string'>, string>> = {
  date: '2026-03-01',
  dateTime: '2026-03-01T12:00:00Z',
  boolean: 'true',
  int: '7',
  float: '1.5',
};

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Node[];
}

/** The columns of a template with every element and attribute that Alma knows, each text of which is an expression. */
const columns: string[] = [];
const expression = (name: string) => {
  columns.push(`${name}_${columns.length}`);
  return `{{${columns.at(-1)}}}`;
};

function templateOf(name: string, rule: ElementRule): string {
  if (rule.kind === 'list') return `<${name}>${templateOf(rule.item, rule.rule)}</${name}>`;
  const attributes = Object.entries(rule.attributes).map(
    ([attribute, { type }]) => ` ${attribute}="${type === 'string' ? expression(attribute) : 'true'}"`,
  );
  const inner =
    rule.kind === 'field'
      ? rule.type === 'string'
        ? expression(rule.identifier ? 'ID' : 'VALUE')
        : written[rule.type]
      : Object.entries(rule.children)
          .map((child) => templateOf(...child))
          .join('\n');
  return `<${name}${attributes.join('')}>${inner}</${name}>`;
}

const text = templateOf('user', userRule);
const template = compile(text);

/** What a user comes to by docs/templates.md, said in another way than the code says it. */
function expectedUser(row: Readonly<Record<string, string>>): Node | null {
  let next = 0;
  const take = () => row[columns[next++] ?? ''] ?? '';
  const attributesOf = (rules: Readonly<Record<string, AttributeRule>>) =>
    Object.fromEntries(
      Object.entries(rules).map(([name, { type, max }]) => [
        name,
        type === 'string' ? withoutBlankRule(take(), max) : 'true',
      ]),
    );
  const fieldOf = (name: string, rule: FieldRule): Node | null => {
    const attributes = attributesOf(rule.attributes);
    const value = rule.type === 'string' ? textOf(take(), rule) : written[rule.type];
    return value === '' ? null : { name, attributes, text: value, children: [] };
  };
  const partOf = (name: string, rule: PartRule): Node | null => {
    const attributes = attributesOf(rule.attributes);
    const children = Object.entries(rule.children).map(([child, childRule]) => elementOf(child, childRule));
    const names = Object.keys(rule.children);
    const lacks = rule.required.some((needed) => children[names.indexOf(needed)] === null);
    const kept = children.filter((child) => child !== null);
    return lacks || kept.length === 0 ? null : { name, attributes, text: '', children: kept };
  };
  const elementOf = (name: string, rule: ElementRule): Node | null => {
    if (rule.kind === 'field') return fieldOf(name, rule);
    if (rule.kind === 'part') return partOf(name, rule);
    const item = elementOf(rule.item, rule.rule);
    return item && { name, attributes: {}, text: '', children: [item] };
  };
  return elementOf('user', userRule);
}

/** Blanks around a code are left out, also those that a cut has laid bare. */
function textOf(value: string, { coded, max }: FieldRule): string {
  return coded ? stripped(cleaned(stripped(cleaned(value)), max)) : cleaned(value, max);
}

/** An attribute that is blank stays. */
function withoutBlankRule(value: string, max?: number): string {
  const characters = [...cleaned(`${value}x`)].slice(0, -1);
  return characters.slice(0, max).join('');
}

function nodeOf({ name, attributes, children, text }: XmlElement): Node {
  return { name, attributes, text: children.length > 0 ? text.trim() : text, children: children.map(nodeOf) };
}

/** Each column has one of some bad values; identifiers are ordinary, since they are rejected rather than mended. */
const anyRow = fc
  .tuple(
    fc.array(hostileValue, { minLength: 1, maxLength: 20 }),
    fc.array(fc.nat(), { minLength: columns.length, maxLength: columns.length }),
  )
  .map(([values, choices]) =>
    Object.fromEntries(
      columns.map((column, index) => [
        column,
        column.startsWith('ID_') ? `id ${index}` : (values[(choices[index] ?? 0) % values.length] ?? ''),
      ]),
    ),
  );

describe('a template with all that Alma knows', () => {
  it('has them all', () => {
    expect(columns.length).toBeGreaterThan(150);
  });

  it('makes well-formed and valid XML of any values, and every one is read back', async () => {
    await fc.assert(
      fc.asyncProperty(anyRow, async (row) => {
        const xml = `<users>\n${template.fill(row).xml}</users>\n`;
        // Two readers, neither of them ours.
        XmlDocument.fromString(xml).dispose();
        const [user] = readXml(xml).children;
        expect(user && nodeOf(user)).toEqual(expectedUser(row));
        expect((await validate([xml])).problems).toEqual([]);
        expect(schemaErrors(xml)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('says how many characters it removed', () => {
    const [column = ''] = columns.filter((name) => name.startsWith('VALUE_'));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\u0000', 'a', '\ud800', '😀') }), (value) => {
        const row = Object.fromEntries(columns.map((name) => [name, name === column ? value : name]));
        const gone = [...value].filter((each) => each === '\u0000' || each === '\ud800');
        expect(template.fill(row).removed).toBe(gone.length);
      }),
    );
  });
});
