import { SaxesParser, type SaxesTag } from 'saxes';
import { systemCode } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { Children } from './alma/children.ts';
import {
  type AttributeRule,
  type ElementRule,
  type FieldRule,
  type ListRule,
  type PartRule,
  rootNames,
  userRule,
} from './alma/rules.ts';
import { isOfType, lengthOf } from './alma/values.ts';
import { canonical } from './identity-index.ts';
import type { PeopleRegister } from './people-register.ts';
import { isBlank } from './template/functions.ts';

/** One thing that Alma would refuse, or (`warning`) that it takes and a librarian would regret. */
export interface UserProblem {
  readonly file: string;
  readonly line: number;
  readonly level: 'error' | 'warning';
  readonly message: string;
}

export interface UserFile {
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
}

/** An element that is open while the file is read. */
interface OpenElement {
  readonly name: string;
  readonly line: number;
  /** Null below an element that the rules do not know: what it holds is not looked at. */
  readonly rule: ElementRule | null;
  readonly children: Children | null;
  /** For lists: attributes that an item has had as true. */
  readonly marked: Set<string>;
  text: string;
}

/**
 * Checks one XML file against what Alma takes, streaming. Messages name lines and elements, never values.
 * @param register the users of all files of the run, for identifiers that are used twice
 * @returns how many users the file holds
 */
export async function validateUsers(
  file: UserFile,
  register: PeopleRegister,
  report: (problem: UserProblem) => void,
): Promise<number> {
  const check = new FileCheck(file.name, register, report);
  register.beginGroup(file.name);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of file.chunks) {
      check.write(decoder.decode(chunk, { stream: true }));
      if (check.isBroken) break;
    }
    check.write(decoder.decode());
  } catch (error) {
    if (systemCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    check.notUtf8();
  }
  return check.close();
}

class FileCheck {
  isBroken = false;
  readonly #file: string;
  readonly #register: PeopleRegister;
  readonly #report: (problem: UserProblem) => void;
  readonly #parser = new SaxesParser({ position: true });
  readonly #open: OpenElement[] = [];
  #startLine = 1;
  #users = 0;
  #identifiers: string[] = [];

  constructor(file: string, register: PeopleRegister, report: (problem: UserProblem) => void) {
    this.#file = file;
    this.#register = register;
    this.#report = report;
    this.#parser.on('error', (error) => {
      if (!this.isBroken)
        this.#problem(
          this.#parser.line,
          `not well-formed XML, so Alma refuses the whole file: ${error.message.replace(/^\d+:\d+: /, '')}`,
        );
      this.isBroken = true;
    });
    this.#parser.on('xmldecl', ({ encoding }) => {
      if (encoding && !/^utf-?8$/i.test(encoding))
        this.#problem(1, `declared as ${encoding}, but Alma takes UTF-8`);
    });
    this.#parser.on('opentagstart', () => {
      this.#startLine = this.#parser.line;
    });
    this.#parser.on('opentag', (tag) => this.#opened(tag));
    const addText = (text: string) => {
      const element = this.#open.at(-1);
      if (element) element.text += text;
    };
    this.#parser.on('text', addText);
    this.#parser.on('cdata', addText);
    this.#parser.on('closetag', () => this.#closed());
  }

  write(text: string): void {
    if (!this.isBroken) this.#parser.write(text);
  }

  notUtf8(): void {
    this.#problem(this.#parser.line, 'not UTF-8 from here on, so Alma refuses the whole file');
    this.isBroken = true;
  }

  close(): number {
    if (!this.isBroken) this.#parser.close();
    return this.#users;
  }

  #opened(tag: SaxesTag): void {
    // Behind an error the parser still reads its piece to the end; what it finds there is guesswork.
    if (this.isBroken) return;
    const parent = this.#open.at(-1);
    const line = this.#startLine;
    const element = (rule: ElementRule | null): OpenElement => ({
      name: tag.name,
      line,
      rule,
      children: rule && new Children(tag.name, rule, (at, message) => this.#problem(at, message)),
      marked: new Set(),
      text: '',
    });
    if (!parent) {
      const isRoot = rootNames.some((name) => name === tag.name);
      if (tag.attributes.xmlns) this.#problem(line, 'a namespace, which Alma does not know');
      if (tag.name === 'user') this.#openUser();
      else if (!isRoot) this.#problem(line, `the root is <${tag.name}>, not <users>`);
      this.#open.push(element(tag.name === 'user' ? userRule : isRoot ? usersRule : null));
      return;
    }
    const rule = parent.children?.meet(tag.name, line) ?? null;
    if (rule) this.#checkAttributes(tag, rule, parent, line);
    if (rule === userRule) this.#openUser();
    this.#open.push(element(rule));
  }

  #openUser(): void {
    this.#users += 1;
    this.#identifiers = [];
  }

  #checkAttributes(tag: SaxesTag, rule: ElementRule, parent: OpenElement, line: number): void {
    const rules: Readonly<Record<string, AttributeRule>> = rule.kind === 'list' ? {} : rule.attributes;
    for (const [name, value] of Object.entries(tag.attributes)) {
      const known = Object.hasOwn(rules, name) ? rules[name] : undefined;
      // The totals that exports put on lists are harmless, and so is whatever stands in a namespace of its own.
      if (!known) {
        if (!name.includes(':') && name !== 'xmlns' && name !== 'total_record_count') {
          this.#problem(
            line,
            `<${tag.name}> has no attribute ${name}${didYouMean(name, Object.keys(rules))}`,
          );
        }
        continue;
      }
      if (!isOfType(String(value), known.type))
        this.#problem(line, `${name} of <${tag.name}> is not true or false`);
      if (lengthOf(String(value)) > (known.max ?? Number.POSITIVE_INFINITY))
        this.#problem(line, `${name} of <${tag.name}> is longer than ${known.max} characters`);
      if (
        parent.rule?.kind === 'list' &&
        parent.rule.single.includes(name) &&
        (value === 'true' || value === '1')
      ) {
        if (parent.marked.has(name)) this.#problem(line, `a second ${name} <${tag.name}>; Alma takes one`);
        parent.marked.add(name);
      }
    }
  }

  #closed(): void {
    if (this.isBroken) return;
    const element = this.#open.pop();
    if (!element?.rule) return;
    if (element.rule.kind === 'field') return this.#closedField(element, element.rule);
    if (element.text.trim() !== '')
      this.#problem(element.line, `text between the elements of <${element.name}>`);
    if (element.rule.kind === 'list') return;
    for (const needed of element.children?.missing() ?? []) {
      if (element.rule === userRule)
        this.#problem(
          element.line,
          `a <user> without <${needed}>: Alma makes one up for new users`,
          'warning',
        );
      else this.#problem(element.line, `<${element.name}> lacks <${needed}>`);
    }
    if (element.rule === userRule) this.#closedUser(element.line);
  }

  #closedField(element: OpenElement, rule: FieldRule): void {
    const { name, line, text } = element;
    const parent = this.#open.at(-1);
    const isNeeded = parent?.rule?.kind === 'part' && parent.rule.required.includes(name);
    if (text === '' || isBlank(text)) {
      if (isNeeded) this.#problem(line, `<${name}> is empty, but Alma needs it in <${parent.name}>`);
      else if (rule.type !== 'string')
        this.#problem(line, `<${name}> is empty, which is not a ${rule.type}; leave the element out`);
      return;
    }
    // White space around dates and numbers is folded by XML Schema, in texts it counts.
    const value = rule.type === 'string' ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (!isOfType(value, rule.type)) this.#problem(line, `<${name}> is not a ${rule.type}`);
    if (lengthOf(value) > (rule.max ?? Number.POSITIVE_INFINITY))
      this.#problem(line, `<${name}> is longer than ${rule.max} characters`);
    if (rule.identifier) this.#identifiers.push(text);
  }

  #closedUser(line: number): void {
    const folded = this.#identifiers.map(canonical);
    if (new Set(folded).size < folded.length) this.#problem(line, 'a <user> with the same identifier twice');
    const owner = this.#register.ownerOf(this.#identifiers);
    if (owner)
      this.#problem(
        line,
        `a <user> with an identifier that the one in ${owner.group}, line ${owner.row} has`,
      );
    this.#register.enter(line, '', this.#identifiers);
  }

  #problem(line: number, message: string, level: UserProblem['level'] = 'error'): void {
    this.#report({ file: this.#file, line, level, message });
  }
}

const usersRule: ListRule = { kind: 'list', item: 'user', rule: userRule satisfies PartRule, single: [] };
