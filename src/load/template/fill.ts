import type { FieldRule } from '../alma/rules.ts';
import { cut, isOfType, lengthOf } from '../alma/values.ts';
import { escapeAttribute, escapeText, withoutForbidden } from '../alma/xml-text.ts';
import { RejectedPerson } from '../rejected-person.ts';
import { strip } from './functions.ts';
import type { Holes, Values } from './holes.ts';

/** What is noted while one user is filled. Reused from user to user. */
export interface Filling {
  values: Values;
  /** Identifiers of the user, in the order of the template. */
  readonly identifiers: string[];
  /** Indexes, into `UserTemplate.elements`, of the elements that got a value from the row. */
  readonly filled: number[];
  /** Labels of elements whose value was too long and was cut. */
  readonly cut: string[];
  /** Illegal characters that were taken away. */
  removed: number;
  /** Identifiers that this user already has, and which were left out. */
  repeated: number;
}

/** Writes one element for one person, with a line break behind it; '' when nothing is left to write. */
export type Fill = (filling: Filling) => string;

/** A text that is the same for everybody, or one with holes. */
export type Content = string | Holes;

export interface AttributeContent {
  readonly name: string;
  readonly content: Content;
  readonly type: 'string' | 'boolean';
  readonly max: number;
  readonly label: string;
}

export interface FieldContent {
  readonly name: string;
  /** The element's path, for messages. */
  readonly label: string;
  readonly rule: FieldRule;
  readonly attributes: readonly AttributeContent[];
  readonly content: Content;
  /** Index into `UserTemplate.elements`; -1 for a field without holes. */
  readonly index: number;
  readonly required: boolean;
  /** Values that the configuration allows; null for any. */
  readonly allowed: ReadonlySet<string> | null;
}

/** Start tag of an element, its attributes filled. */
function startTag(name: string, attributes: readonly AttributeContent[]): Fill {
  if (attributes.every(({ content }) => typeof content === 'string')) {
    const written = attributes.map((attribute) => writeAttribute(attribute, String(attribute.content)));
    const tag = `<${name}${written.join('')}>`;
    return () => tag;
  }
  return (filling) => {
    let tag = `<${name}`;
    for (const attribute of attributes) {
      const { content } = attribute;
      if (typeof content === 'string') tag += writeAttribute(attribute, content);
      else tag += writeAttribute(attribute, checkAttribute(attribute, content.fill(filling.values), filling));
    }
    return `${tag}>`;
  };
}

/** An empty boolean is not a boolean, so its attribute is left out; an empty text is one, and stays. */
function writeAttribute({ name, type }: AttributeContent, value: string): string {
  return value === '' && type === 'boolean' ? '' : ` ${name}="${escapeAttribute(value)}"`;
}

function checkAttribute({ type, max, label }: AttributeContent, raw: string, filling: Filling): string {
  const { value, removed } = withoutForbidden(raw);
  filling.removed += removed;
  if (value !== '' && !isOfType(value, type)) throw new RejectedPerson('wrong_value', label);
  return fitting(value, max, label, filling);
}

function fitting(value: string, max: number, label: string, filling: Filling): string {
  if (value.length <= max || lengthOf(value) <= max) return value;
  filling.cut.push(label);
  return cut(value, max);
}

/** Fills an element that holds a value. */
export function fieldFill(field: FieldContent): Fill {
  const { name, label, rule, content, index, required, allowed } = field;
  const start = startTag(name, field.attributes);
  const end = `</${name}>\n`;
  const max = rule.max ?? Number.POSITIVE_INFINITY;
  return (filling) => {
    const raw = typeof content === 'string' ? content : content.fill(filling.values);
    let { value, removed } = raw === '' ? { value: '', removed: 0 } : withoutForbidden(raw);
    filling.removed += removed;
    if (rule.identifier) value = strip(value);
    if (value === '') {
      if (required) throw new RejectedPerson('missing_required', label);
      return '';
    }
    if (rule.identifier) {
      if (lengthOf(value) > max) throw new RejectedPerson('identifier_too_long', label);
      if (filling.identifiers.some((other) => other.toLowerCase() === value.toLowerCase())) {
        filling.repeated += 1;
        return '';
      }
      filling.identifiers.push(value);
    } else {
      value = fitting(value, max, label, filling);
      if (rule.type !== 'string' && !isOfType(value, rule.type))
        throw new RejectedPerson('wrong_value', label);
    }
    if (allowed && !allowed.has(value)) throw new RejectedPerson('value_not_allowed', label);
    if (index >= 0) filling.filled.push(index);
    return start(filling) + escapeText(value) + end;
  };
}

export interface PartContent {
  readonly name: string;
  readonly label: string;
  readonly attributes: readonly AttributeContent[];
  readonly children: readonly { readonly fill: Fill; readonly needed: boolean }[];
  readonly required: boolean;
}

/** Fills an element that holds elements. Without a child that Alma needs in it, it goes as a whole. */
export function partFill({ name, label, attributes, children, required }: PartContent): Fill {
  const start = startTag(name, attributes);
  const end = `</${name}>\n`;
  return (filling) => {
    const identifiers = filling.identifiers.length;
    const filled = filling.filled.length;
    let inner = '';
    for (const child of children) {
      const written = child.fill(filling);
      if (written === '' && child.needed) {
        inner = '';
        break;
      }
      inner += written;
    }
    if (inner !== '') return `${start(filling)}\n${inner}${end}`;
    if (required) throw new RejectedPerson('missing_required', label);
    // What was noted of children that are not written after all is taken back.
    filling.identifiers.length = identifiers;
    filling.filled.length = filled;
    return '';
  };
}
