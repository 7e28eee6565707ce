import type { SaxesTag } from 'saxes';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import { Children } from './alma/children.ts';
import { LifetimeCheck, type UserDate } from './alma/lifetime.ts';
import {
  type AttributeRule,
  type ElementRule,
  type FieldRule,
  ignoredElements,
  type ListRule,
  type PartRule,
  rootNames,
  userRule,
} from './alma/rules.ts';
import { isOfType, lengthOf } from './alma/values.ts';
import { isBlank, strip } from './blanks.ts';
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

/** No value of a person is longer, also where Alma says no limit. Longer ones are not kept. */
const maxValue = 65_536;

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
    this.#checkEncoding();
    if (!this.#isExplained && this.#users === 0) this.#problem(1, 'holds no user');
    return this.#users;
  }

  /** Bytes that are ASCII are the same in UTF-8 and in these encodings, which many programs declare without being asked. */
  #checkEncoding(): void {
    if (this.#encoding === '' || /^utf-?8$/i.test(this.#encoding)) return;
    const declared = `declared as ${safeText(this.#encoding)}`;
    if (!/^(us-)?ascii$|^iso-?8859-\d+$|^latin-?\d+$|^(windows|cp)-?125\d$/i.test(this.#encoding))
      return this.#problem(1, `${declared}, but Alma takes UTF-8`);
    const line = this.#parser.beyondAsciiLine;
    if (line > 0) this.#problem(line, `${declared}, but here are other characters than ASCII; declare UTF-8`);
    else this.#problem(1, `${declared}, which reads the same as UTF-8 only while all is ASCII`, 'warning');
  }

  #opened(tag: SaxesTag, line: number): void {
    const parent = this.#open.at(-1);
    const rule = parent ? this.#ruleBelow(parent, tag, line) : this.#ruleOfRoot(tag.name, line);
    if (rule || !parent) this.#checkNamespace(tag, line);
    if (rule && parent) this.#checkAttributes(tag, rule, parent, line);
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
      this.#problem(line, `<${tag.name}> is not in Alma's schema; feeds that have it are loaded`, 'warning');
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

  #checkAttributes(tag: SaxesTag, rule: ElementRule, parent: OpenElement, line: number): void {
    const rules: Readonly<Record<string, AttributeRule>> = rule.kind === 'list' ? {} : rule.attributes;
    for (const [name, value] of Object.entries(tag.attributes)) {
      const known = Object.hasOwn(rules, name) ? rules[name] : undefined;
      // The totals that exports put on lists are harmless, and so is all that stands in a namespace of its own.
      if (!known) {
        if (!name.includes(':') && name !== 'xmlns' && name !== 'total_record_count') {
          const shown = safeText(name);
          this.#problem(
            line,
            `<${tag.name}> has no attribute ${shown}${didYouMean(shown, Object.keys(rules))}`,
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

  #closedField(element: OpenElement, rule: FieldRule): void {
    const { name, line, text } = element;
    const parent = this.#open.at(-1);
    const isNeeded = parent?.rule?.kind === 'part' && parent.rule.required.includes(name);
    if (text === '' || isBlank(text)) {
      if (isNeeded) this.#problem(line, `<${name}> is empty, but Alma needs it in <${parent.name}>`);
      // Against the schema, and in feeds that have been loaded for years.
      else if (rule.type !== 'string')
        this.#problem(
          line,
          `<${name}> is empty, which is not a ${rule.type}; leave the element out`,
          'warning',
        );
      return;
    }
    // White space around dates and numbers is folded by XML Schema, in texts it counts.
    const value = rule.type === 'string' ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (!isOfType(value, rule.type)) this.#problem(line, `<${name}> is not a ${rule.type}`);
    else if (parent?.rule === userRule && name === 'expiry_date')
      this.#expiry = { day: value.slice(0, 10), line };
    else if (parent?.rule === userRule && name === 'purge_date')
      this.#purge = { day: value.slice(0, 10), line };
    if (lengthOf(value) > (rule.max ?? maxValue))
      this.#problem(line, `<${name}> is longer than ${rule.max ?? maxValue} characters`);
    this.#checkSpelling(name, value, rule, line);
    if (rule.identifier && this.#identifiers.length < maxIdentifiers) this.#identifiers.push(value);
  }

  #checkSpelling(name: string, value: string, rule: FieldRule, line: number): void {
    if ((rule.coded || rule.identifier) && strip(value) !== value)
      this.#problem(line, `blanks around the value of <${name}>, which Alma takes as a part of it`);
    const code = strip(value);
    const spelling = code.toUpperCase();
    if (rule.spellings?.includes(spelling) && spelling !== code)
      this.#problem(line, `<${name}> is spelt as in version 1; Alma knows ${rule.spellings.join(', ')}`);
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
        `a <user> with an identifier that the one in ${owner.group}, line ${owner.row} has`,
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
