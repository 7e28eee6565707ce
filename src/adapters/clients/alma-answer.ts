import { SaxesParser } from 'saxes';

/** What Alma calls an error: a code of its own or of its gateway, and a text. */
export interface AlmaError {
  readonly code: string;
  readonly message: string;
}

/** An answer as far as it could be read. `body` is null for what is neither JSON nor XML. */
export interface AlmaAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly errors: readonly AlmaError[];
  readonly isHtml: boolean;
}

/** Alma's gateway answers in XML though JSON was asked for, with a page of HTML, or with nothing: the first character tells. */
export function readAlmaAnswer(status: number, text: string): AlmaAnswer {
  const start = text.replace(/^\ufeff/, '').trimStart();
  const isHtml = /^<(!doctype\s+html|html)\b/i.test(start);
  const body = isHtml ? null : start.startsWith('<') ? xmlAsJson(start) : jsonOf(start);
  return { status, body, errors: errorsIn(body), isHtml };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Node {
  readonly fields: Record<string, unknown>;
  text: string;
}

/**
 * XML as Alma would have said it in JSON: elements become keys, repeated ones lists; text with a `desc` becomes
 * `{ value, desc }`. The element that holds all is left out. Null for what is not XML.
 */
function xmlAsJson(xml: string): unknown {
  const parser = new SaxesParser();
  const open: Node[] = [];
  let root: unknown = null;
  let isBroken = false;
  parser.on('error', () => {
    isBroken = true;
  });
  parser.on('opentag', ({ attributes }) => {
    const fields = Object.entries(attributes).filter(([name]) => !name.startsWith('xmlns'));
    open.push({ fields: Object.fromEntries(fields), text: '' });
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node) node.text += text;
  });
  parser.on('closetag', ({ name }) => {
    const node = open.pop();
    const value = node && jsonValueOf(node);
    const parent = open.at(-1);
    if (!parent) root = value;
    else if (!Object.hasOwn(parent.fields, name)) parent.fields[name] = value;
    else parent.fields[name] = [parent.fields[name], value].flat();
  });
  parser.write(xml).close();
  return isBroken ? null : root;
}

function jsonValueOf({ fields, text }: Node): unknown {
  const trimmed = text.trim();
  if (Object.keys(fields).length === 0) return trimmed;
  return trimmed === '' ? fields : { ...fields, value: trimmed };
}

/** `errorList.error`, a list or one; the gateway puts `error` at the top. */
function errorsIn(body: unknown): AlmaError[] {
  const found = [fieldOf(fieldOf(body, 'errorList'), 'error'), fieldOf(body, 'error')].flat();
  return found.flatMap((error) => {
    const code = textOf(error, 'errorCode');
    const message = textOf(error, 'errorMessage');
    return code === '' && message === '' ? [] : [{ code, message }];
  });
}

/** A field of an object; undefined where there is none. */
export function fieldOf(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined;
  return (node as Record<string, unknown>)[name];
}

/** A field as text, also where Alma writes `{ value, desc }` or a number; '' where there is none. */
export function textOf(node: unknown, name: string, part = 'value'): string {
  const field = fieldOf(node, name);
  const value = typeof field === 'object' && field !== null ? fieldOf(field, part) : field;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** The items of a list: in JSON `name: […]`, in XML under a wrapper (`names.name`), one item also without a list. */
export function listIn(body: unknown, name: string, wrapper = `${name}s`): readonly unknown[] {
  const field = fieldOf(body, name) ?? fieldOf(fieldOf(body, wrapper), name);
  return field === undefined || field === null || field === '' ? [] : [field].flat();
}
