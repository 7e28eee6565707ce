import { type Suspicion, suspicionOf, withoutInvisible } from '../alma/odd-characters.ts';
import type { FieldRule } from '../alma/rules.ts';
import { cut, isOfType, lengthOf } from '../alma/values.ts';
import { escapeAttribute, escapeText, isPlain, withoutForbidden } from '../alma/xml-text.ts';
import { isBlank, strip } from '../blanks.ts';
import { canonical } from '../identity-index.ts';
import { RejectedPerson } from '../rejected-person.ts';
import { type Expressions, expiryDate, type Values } from './expressions.ts';
import type { Trace } from './trace.ts';
import type { EndDate, EndDates } from './user-dates.ts';

/** What is noted while one user is filled. Reused from user to user. */
export interface Filling {
  values: Values;
  /** Identifiers of the user, the primary id first. */
  readonly identifiers: string[];
  /** For each of them, its index into `UserTemplate.elements`. */
  readonly identifierElements: number[];
  /** The dates that end the user. */
  readonly dates: EndDates;
  /** Indexes, into `UserTemplate.elements`, of the elements that got a value from the row. */
  readonly filled: number[];
  /** The codes among their values, with the same indices. */
  readonly codes: { readonly index: number; readonly code: string }[];
  /** Labels of elements whose value was too long and was cut. */
  readonly cut: string[];
  /** Labels of attributes that an item of their list has as true already. */
  readonly marked: Set<string>;
  /** Illegal characters that were taken away. */
  removed: number;
  /** Labels of identifiers from which invisible characters were taken away. */
  readonly unveiled: string[];
  /** Elements with a suspicious value. */
  readonly suspicious: { readonly label: string; readonly suspicion: Suspicion }[];
  /** Identifiers that this user already has, and which were left out. */
  repeated: number;
  /** Notes how each value came about, for one person that is asked for; null in a run. */
  trace: Trace | null;
}

/** Characters of a value. What is longer is no part of a person: a file that was put into a column, or a quote that was never closed. */
export const maxValueLength = 65_536;

/** Writes one element for one person, with a line break behind it; '' when nothing is left to write. */
export type Fill = (filling: Filling) => string;

/** An element that is the same for everybody, written once, or one to be filled. */
export type Piece = string | Fill;

/** A text that is the same for everybody, or one with expressions. */
export type Content = string | Expressions;

export interface AttributeContent {
  readonly name: string;
  readonly content: Content;
  readonly type: 'string' | 'boolean';
  readonly max: number;
  readonly label: string;
  /** Only one item of the list may have it as true, and which one it is depends on the row. */
  readonly single: boolean;
}

export interface FieldContent {
  readonly name: string;
  /** The element's path, for messages. */
  readonly label: string;
  readonly rule: FieldRule;
  readonly attributes: readonly AttributeContent[];
  readonly content: Content;
  /** Index into `UserTemplate.elements`; unused for a field without expressions. */
  readonly index: number;
  readonly required: boolean;
  /** The date of the user that the element is; null for any other element. */
  readonly endDate: EndDate | null;
  /** Values that the configuration allows; null for any. */
  readonly allowed: ReadonlySet<string> | null;
}

/** Start tag of an element, its attributes filled. */
export function startTag(name: string, attributes: readonly AttributeContent[]): Piece {
  if (attributes.every(({ content }) => typeof content === 'string')) {
    return `<${name}${attributes.map((attribute) => writeAttribute(attribute, String(attribute.content))).join('')}>`;
  }
  return (filling) => {
    let tag = `<${name}`;
    for (const attribute of attributes) {
      const { content } = attribute;
      if (typeof content === 'string') tag += writeAttribute(attribute, content);
      else
        tag += writeAttribute(
          attribute,
          checkAttribute(attribute, filledText(content, filling, attribute.label), filling),
        );
    }
    return `${tag}>`;
  };
}

/** An empty boolean is not a boolean, so its attribute is left out; an empty text is one, and stays. */
function writeAttribute({ name, type }: AttributeContent, value: string): string {
  return value === '' && type === 'boolean' ? '' : ` ${name}="${escapeAttribute(value)}"`;
}

function checkAttribute(
  { type, max, label, single }: AttributeContent,
  raw: string,
  filling: Filling,
): string {
  const value = cleaned(raw, filling);
  if (value !== '' && !isOfType(value, type)) throw new RejectedPerson('wrong_value', label);
  if (single && (value === 'true' || value === '1')) {
    if (filling.marked.has(label)) {
      filling.trace?.happened(label, 'false, because an item before it has it as true');
      return 'false';
    }
    filling.marked.add(label);
  }
  noteSuspicion(value, label, filling);
  return fitting(value, max, label, filling);
}

function noteSuspicion(value: string, label: string, filling: Filling): void {
  const suspicion = suspicionOf(value);
  if (suspicion) filling.suspicious.push({ label, suspicion });
}

/** An identifier as people see it: what they type must find it. */
function visible(value: string, label: string, filling: Filling): string {
  const shown = withoutInvisible(value);
  if (shown !== value) {
    filling.unveiled.push(label);
    filling.trace?.happened(label, 'invisible characters removed');
  }
  return strip(shown);
}

function cleaned(raw: string, filling: Filling): string {
  const value = withoutForbidden(raw);
  filling.removed += raw.length - value.length;
  return value;
}

function fitting(value: string, max: number, label: string, filling: Filling): string {
  if (value.length > maxValueLength) throw new RejectedPerson('value_too_long', label);
  if (value.length <= max || lengthOf(value) <= max) return value;
  filling.cut.push(label);
  filling.trace?.happened(label, `cut to ${max} characters, the length that Alma accepts`);
  return cut(value, max);
}

/** An element that holds a value; its text and attributes were checked where they are written in the template. */
export function fieldPiece(field: FieldContent): Piece {
  const { name, content } = field;
  const start = startTag(name, field.attributes);
  const end = `</${name}>\n`;
  const value = typeof content === 'string' ? escapeText(content) : valueFill(field, content);
  if (typeof start === 'string' && typeof value === 'string') return start + value + end;
  return (filling) => {
    const text = typeof value === 'string' ? value : value(filling);
    if (text === '') return '';
    return (typeof start === 'string' ? start : start(filling)) + text + end;
  };
}

/** The escaped value of a field; '' when the element is to be left out. */
function valueFill(
  { label, rule, index, required, endDate, allowed }: FieldContent,
  content: Expressions,
): Fill {
  const max = rule.max ?? Number.POSITIVE_INFINITY;
  const plainMax = Math.min(max, maxValueLength);
  const takesAnyText = rule.type === 'string' && !rule.identifier && !allowed;
  return (filling) => {
    const raw = filledText(content, filling, label);
    if (takesAnyText && raw.length <= plainMax && isPlain(raw)) {
      noteFilled(filling, rule, index, raw);
      return raw;
    }
    const cuts = filling.cut.length;
    const clean = raw === '' ? '' : cleaned(raw, filling);
    const value = fieldValue(clean, rule, max, label, filling);
    // Blanks alone are no value: Alma takes an e-mail address of three blanks for a missing one. Nor are those that
    // are left of a longer value.
    if (value === '' || isBlank(value)) {
      filling.cut.length = cuts;
      if (required) throw new RejectedPerson('missing_required', label);
      filling.trace?.happened(label, value === '' ? 'left out: it is empty' : 'left out: it is blank');
      return '';
    }
    if (rule.identifier) {
      if (value.length > max && lengthOf(value) > max) throw new RejectedPerson('identifier_too_long', label);
      if (filling.identifiers.length > 0 && isRepeated(value, filling)) {
        if (required) throw new RejectedPerson('missing_required', label);
        filling.trace?.happened(label, 'left out: the user has this identifier already');
        return '';
      }
      filling.identifiers.push(value);
      filling.identifierElements.push(index);
    } else if (rule.type !== 'string' && !isOfType(value, rule.type)) {
      throw new RejectedPerson('wrong_value', label);
    }
    if (allowed && !allowed.has(value)) throw new RejectedPerson('value_not_allowed', label);
    noteSuspicion(value, label, filling);
    noteFilled(filling, rule, index, value);
    if (endDate) {
      filling.dates[endDate] = value;
      if (expiryDate in filling.values && endDate === 'expiry_date')
        filling.values = { ...filling.values, [expiryDate]: value };
    }
    return escapeText(value);
  };
}

/** Identifiers are never cut. Blanks around an identifier or a code are never meant: they would make another one. */
function fieldValue(clean: string, rule: FieldRule, max: number, label: string, filling: Filling): string {
  if (rule.identifier) return visible(clean, label, filling);
  if (!rule.coded) return fitting(clean, max, label, filling);
  // A cut may end behind a blank.
  return strip(fitting(strip(clean), max, label, filling));
}

function noteFilled(filling: Filling, { coded }: FieldRule, index: number, value: string): void {
  filling.filled.push(index);
  if (coded) filling.codes.push({ index, code: value });
}

/** The text of an expression, or the rejection by one of its functions. */
function filledText(content: Expressions, { values, trace }: Filling, label: string): string {
  try {
    const text = content.fill(values);
    if (trace) trace.filled(label, content, values, text);
    return text;
  } catch (error) {
    if (trace) trace.filled(label, content, values, null);
    throw named(error, label);
  }
}

/** The rejection by a function, which does not know the element, with the element's name. */
export function named(error: unknown, label: string): unknown {
  if (!(error instanceof RejectedPerson)) return error;
  return new RejectedPerson(error.reason, label, null, error.functionName);
}

function isRepeated(identifier: string, filling: Filling): boolean {
  const folded = canonical(identifier);
  if (!filling.identifiers.some((other) => canonical(other) === folded)) return false;
  filling.repeated += 1;
  return true;
}
