import type { SaxesTag } from 'saxes';
import { safeText } from '../core/safe-text.ts';
import { checkAttributes } from './alma/attributes.ts';
import { Children } from './alma/children.ts';
import { encodingProblem } from './alma/encodings.ts';
import { checkField, maxValue } from './alma/fields.ts';
import { LifetimeCheck, type UserDate } from './alma/lifetime.ts';
import {
  type ElementRule,
  type FieldRule,
  ignoredElements,
  type ListRule,
  type PartRule,
  rootNames,
  userRule,
} from './alma/rules.ts';
import { canonical } from './identity-index.ts';
import type { PeopleRegister } from './people-register.ts';
import { XmlParser } from './xml/parse-xml.ts';

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
  /** Read on behind broken XML, because a wrong checksum at the end is the true cause. */
  readonly hasChecksum: boolean;
}

export interface ValidateRun {
  /** The users of all files of the run, for identifiers that are used twice. */
  readonly register: PeopleRegister;
  /** The time that dates are compared with. */
  readonly now: Date;
  readonly report: (problem: UserProblem) => void;
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
  /** The value of a field. */
  text: string;
  /** Whether something other than blanks stands between the elements of a part or a list. */
  hasText: boolean;
}

/** More than any person has; they are kept until the user ends. */
const maxIdentifiers = 1000;

/**
 * Checks one XML file against what Alma takes, streaming. Messages name lines and elements, never values.
 * @returns how many users the file holds
 */
export async function validateUsers(file: UserFile, run: ValidateRun): Promise<number> {
  const check = new FileCheck(file.name, run);
  run.register.beginGroup(file.name);
  for await (const chunk of file.chunks) {
    check.write(chunk);
    if (check.isTooLarge || (check.isBroken && !file.hasChecksum)) break;
  }
  return check.close();
}

class FileCheck {
  readonly #file: string;
  readonly #run: ValidateRun;
  readonly #parser: XmlParser;
  readonly #lifetime: LifetimeCheck;
  readonly #open: OpenElement[] = [];
  /** Whether a problem says already why no user may have been found. */
  #isExplained = false;
  #encoding = '';
  #users = 0;
  #identifiers: string[] = [];
  #expiry: UserDate | null = null;
  #purge: UserDate | null = null;

  constructor(file: string, run: ValidateRun) {
    this.#file = file;
    this.#run = run;
    this.#lifetime = new LifetimeCheck(run.now);
    this.#parser = new XmlParser({
      declared: (encoding) => {
        this.#encoding = encoding;
      },
      opened: (tag, line) => this.#opened(tag, line),
      text: (text) => this.#met(text),
      closed: () => this.#closed(),
      broken: (line, message) => {
        this.#isExplained = true;
        this.#problem(line, message);
      },
    });
  }

  write(chunk: Buffer): void {
    this.#parser.write(chunk);
  }

  get isBroken(): boolean {
    return this.#parser.isBroken;
  }

  /** Whether the file goes beyond what is read: it may be a small zip that unpacks for hours. */
  get isTooLarge(): boolean {
    return this.#parser.isTooLarge;
  }

  close(): number {
    this.#parser.close();
    const encoding = encodingProblem(this.#encoding, this.#parser.beyondAsciiLine);
    if (encoding) this.#problem(encoding.line, encoding.message, encoding.level);
    if (!this.#isExplained && this.#users === 0) this.#problem(1, 'holds no user');
    return this.#users;
  }

  #opened(tag: SaxesTag, line: number): void {
    const parent = this.#open.at(-1);
    const rule = parent ? this.#ruleBelow(parent, tag, line) : this.#ruleOfRoot(tag.name, line);
    if (rule || !parent) this.#checkNamespace(tag, line);
    if (rule && parent) checkAttributes(tag, rule, parent, (message) => this.#problem(line, message));
    if (rule === userRule) this.#openUser();
    this.#open.push({
      name: tag.name,
      line,
      rule,
      children: rule && new Children(tag.name, rule, (at, message) => this.#problem(at, message)),
      marked: new Set(),
      text: '',
      hasText: false,
    });
  }

  #ruleOfRoot(name: string, line: number): ElementRule | null {
    if (rootNames.some((known) => known === name)) return usersRule;
    if (name === 'user') {
      this.#problem(line, 'the root is <user>; Alma loads users from <users> around them');
      return userRule;
    }
    const isNear = rootNames.some((known) => known.toLowerCase() === name.toLowerCase());
    if (name === 'userRecord') this.#problem(line, versionOne);
    else this.#problem(line, `the root is <${safeText(name)}>, not <users>`);
    // What stands in another root is no business of ours, and none of it is a user.
    this.#isExplained ||= !isNear;
    return isNear ? usersRule : null;
  }

  #ruleBelow(parent: OpenElement, tag: SaxesTag, line: number): ElementRule | null {
    if (!parent.children) return null;
    if (parent.rule === usersRule && tag.name === 'userRecord') {
      if (!this.#isExplained) this.#problem(line, versionOne);
      this.#isExplained = true;
      return null;
    }
    if (parent.rule === userRule && ignoredElements.includes(tag.name)) {
      this.#problem(line, `<${tag.name}> is not in Alma's schema; Alma loads files that have it`, 'warning');
      return null;
    }
    return parent.children.meet(tag.name, line);
  }

  #openUser(): void {
    this.#users += 1;
    this.#identifiers = [];
    this.#expiry = null;
    this.#purge = null;
  }

  #checkNamespace(tag: SaxesTag, line: number): void {
    if (tag.attributes.xmlns)
      this.#problem(line, `a namespace on <${safeText(tag.name)}>, which Alma does not know`);
  }

  #met(text: string): void {
    const element = this.#open.at(-1);
    if (!element) return;
    // Of a part only whether there is any: the blanks between a million users would fill the memory.
    if (element.rule?.kind !== 'field') element.hasText ||= text.trim() !== '';
    else if (element.text.length <= maxValue) element.text += text;
  }

  #closed(): void {
    const element = this.#open.pop();
    if (!element?.rule) return;
    if (element.rule.kind === 'field') return this.#closedField(element, element.rule);
    if (element.hasText) this.#problem(element.line, `text between the elements of <${element.name}>`);
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

  #closedField({ name, line, text }: OpenElement, rule: FieldRule): void {
    const parent = this.#open.at(-1);
    const isNeeded = parent?.rule?.kind === 'part' && parent.rule.required.includes(name);
    const neededIn = isNeeded ? parent.name : null;
    const found = checkField(name, text, { rule, neededIn }, (...problem) => this.#problem(line, ...problem));
    if (!found) return;
    const { value, isOfType } = found;
    if (isOfType && parent?.rule === userRule) {
      const date = { day: value.slice(0, 10), line };
      if (name === 'expiry_date') this.#expiry = date;
      if (name === 'purge_date') this.#purge = date;
    }
    if (rule.identifier && this.#identifiers.length < maxIdentifiers) this.#identifiers.push(value);
  }

  #closedUser(line: number): void {
    const { register } = this.#run;
    this.#lifetime.check(this.#expiry, this.#purge, (at, message) => this.#problem(at, message, 'warning'));
    const folded = this.#identifiers.map(canonical);
    if (new Set(folded).size < folded.length) this.#problem(line, 'a <user> with the same identifier twice');
    const owner = register.ownerOf(this.#identifiers);
    if (owner)
      this.#problem(
        line,
        `a <user> with an identifier that the one in ${owner.group}, line ${owner.row} already has`,
      );
    register.enter(line, '', this.#identifiers);
  }

  #problem(line: number, message: string, level: UserProblem['level'] = 'error'): void {
    this.#run.report({ file: this.#file, line, level, message });
  }
}

const usersRule: ListRule = { kind: 'list', item: 'user', rule: userRule satisfies PartRule, single: [] };

const versionOne =
  '<userRecord> is version 1 of the user XML, which Alma has retired; it loads <user> of version 2 in <users>';
